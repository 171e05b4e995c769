"""The settings of one deployment. `settings.py` is the one module that reads the environment."""

from webapp.settings.settings import THREADS, Settings, SettingsError

__all__ = ["THREADS", "Settings", "SettingsError"]
