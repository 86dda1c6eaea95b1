#!/usr/bin/env bash
# Healthy: Alertmanager has read its file, and takes alerts.
exec plinth-get 9093 /-/ready
