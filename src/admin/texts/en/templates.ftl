shell-manage = Manage
