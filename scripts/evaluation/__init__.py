"""Measures of how good vidsum's decisions are, on labelled clips and on made scenes."""
