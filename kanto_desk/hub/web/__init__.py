"""The secretariat's page: server-rendered, without scripts and without anything from elsewhere."""
