"""What imports of whole sources have in common: staged rows become rows of an institution, set by set."""
