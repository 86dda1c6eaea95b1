#!/usr/bin/env bash
# Healthy: Prometheus has read its files and its past, and answers queries.
exec plinth-get 9090 /-/ready
