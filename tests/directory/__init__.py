"""Tests of the company directory."""
