"""Starting a county from the command line and from pages (开通一个县): what commons, lists and settings each do, put together."""
