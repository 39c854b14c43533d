"""Stories: load, label, shape, train, judge, report; one file each, and no algorithm of their own."""
