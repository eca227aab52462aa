"""Pages: the design system. Components as template tags, page layouts, and two helpers for views.

Layouts (templates): ``base.html`` ← ``base_public.html`` (everyone), ``base_work.html`` (a workspace), ``base_print.html``
(a document on paper), ``confirm.html`` (before an act that cannot be undone).

What the layouts read from the context, all optional:

    rehearsal       true in a rehearsal installation: the banner says so on every page, with the simulated time
    nav             list of parts.NavItem: the public navigation
    foot_nav        list of parts.NavGroup: the columns of the footer (open data, verify, help …)
    door_nav        list of parts.NavGroup: the side navigation of a workspace
    breadcrumb      list of parts.Link; the last one is the page itself
    person_menu     parts.PersonMenu: name, organisations to switch between, doors
    now             trusted time of the page (banner, print, relative times); without it the tags ask ``clock.glance()``
"""
