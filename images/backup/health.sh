#!/usr/bin/env bash
# Healthy: the program of this container answers, and what it tried last did not fail. Its own words
# say which.
exec plinth-get 9188 /healthz
