#!/usr/bin/env bash
# Healthy: the watcher answers, and its last round did not fail as a whole. Its own words say which.
exec plinth-get 9189 /healthz
