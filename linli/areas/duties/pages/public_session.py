"""What a reporter's browser remembers (本机记住的)."""

from linli.kit.browser import Browser

browser = Browser("report")
