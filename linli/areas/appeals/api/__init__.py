"""The programs' door to appeals (诉求接口): what a hotline or a department's own system needs.

Every write goes through the same action as the pages, so the gate, the powers and the trail hold here too.
"""

from linli.areas.appeals.api import indices, write
from linli.areas.appeals.api.read import router

__all__ = ["indices", "router", "write"]
