"""Django's command line for this installation."""

import sys

from config import manage

if __name__ == "__main__":
    manage.main(sys.argv)
