# Needs git, make and python3 (3.11 to 3.13) with venv; gets the rest itself and says what it could not get.
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python
RUN := .venv/installed-run
DEV := .venv/installed-dev
PYTEST := $(PY) -m pytest

.DEFAULT_GOAL := help
.PHONY: help demo serve stop reset shell test unit whole stories check fix docs bench drill assets pictures

help:  ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(RUN)  ## 演示环境：建库、排演、启动；再次运行则继续 | a rehearsal installation, played and served (PORT=8000)
	@$(PY) -m config.run demo

serve: $(RUN)  ## 只启动，不排演 | serve what is there, in the mode SUNSHINE_MODE names
	@$(PY) -m config.run serve

stop: $(RUN)  ## 结束正在运行的实例 | end the running instance
	@$(PY) -m config.run stop

reset: $(RUN)  ## 清除演练数据，从头开始 | erase the rehearsal's data, to start over
	@$(PY) -m config.run reset

shell: $(RUN)  ## Django 命令行 | a Python shell inside the house
	@$(PY) -m config.manage shell

test: unit whole stories  ## 全部测试 | all tests

unit: $(DEV)
	@tools/get.sh chromium fonts age
	@$(PYTEST) -q -n 2 --dist loadfile -m "not story and not whole"

whole: $(DEV)
	@$(PYTEST) -q -n 2 --dist loadfile -m whole

stories: $(DEV)  ## 浏览器故事 | the browser stories (Chromium)
	@tools/get.sh chromium fonts age
	@$(PYTEST) -q -n 2 --dist loadfile -m story tests --ignore=tests/stories
	@$(PYTEST) -q -m story tests/stories  # one house at a time: each is a server, its jobs and several browsers

check: $(DEV)  ## 全部静态检查 | formatter, linters, types, walls, migrations, translations, generated docs
	@$(PY) -m tools.check

fix: $(DEV)  ## 自动整理格式 | let the formatters mend what they can; collect new texts for translation
	@$(PY) -m tools.check --fix

docs: $(DEV)  ## 重新生成文档 | generate the documents that are made from the code
	@$(PY) -m tools.docs

bench: $(DEV)  ## 性能测量 | what each file in bench/ asks, with its baseline in the same run
	@$(PY) -m bench

drill: $(DEV)  ## 故障演练 | long fault runs: what each file in drill/ breaks, a hundred times (SUNSHINE_KILLS)
	@$(PY) -m drill

pictures: $(DEV)  ## 重拍帮助页图片 | take the pictures of the help pages anew, by playing the story
	@tools/get.sh chromium fonts age
	@SUNSHINE_PICTURES=sunshine/interfaces/web/portal/static/help $(PYTEST) -q -m story tests/stories/test_open_tender_story.py

assets:  ## 重建浏览器模块与样式（需要 Node） | build the browser modules and the style (needs Node 20)
	@cd assets && npm ci --no-audit --no-fund && npm run build
	@cd assets/css && npm ci --no-audit --no-fund && npm run build

$(RUN): requirements.lock tools/setup.py proof/pyproject.toml
	@python3 tools/setup.py run && touch $@

$(DEV): requirements.lock requirements-dev.lock tools/setup.py proof/pyproject.toml
	@python3 tools/setup.py dev && touch $@
