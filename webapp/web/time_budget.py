"""How a page's time is divided: by when its calls to Messente, and its waiting for the store, have to end.

The values are shares of `Settings.page_deadline`. A background job's call takes at most the `deadline` of `Transport`,
and `webapp/phonebook/deadline.py` enforces both.
"""


class Budget:
    """Deadlines of the parts of a request's work, each as a share of the request's whole time.

    A request that makes a change first checks it, then sends it, and looks it up if Messente gave no clear answer. The
    rest of the time is for rendering the page.
    """

    READ = 0.45
    CHECK = 0.3
    NAMES = 0.15
    """For the names beside numbers: a page that has everything else does without them."""
    ORPHANS = 0.4
    """For finding a group's orphans, both on the page that asks and when the group is deleted: with less time the
    second search could fail, and the page would ask again.
    """
    RECORD = 0.5
    """For recording an action in the store, so that there is time left for Messente."""
    LAST_START = 0.5
    """The latest start of a step: a later call might be cut off by the deadline, and its outcome would be unknown."""
    CHANGE = 0.65
    LOOK_UP = 0.9
