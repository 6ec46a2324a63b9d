module breakfix/pause

go 1.26.0
