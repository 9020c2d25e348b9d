"""All tables of the kit in one place, where Django looks for them."""

from linli.kit.clock import Clock
from linli.kit.files import Attachment
from linli.kit.limiter import Attempt
from linli.kit.notices.models import Notice
from linli.kit.once import Done
from linli.kit.reference import Reference
from linli.kit.schedule import Job
from linli.kit.trail import ChainHead, Entry

__all__ = ["Attachment", "Attempt", "ChainHead", "Clock", "Done", "Entry", "Job", "Notice", "Reference"]
