#!/usr/bin/env bash
# Makes .spark/ beside package.json: a Python environment with the Spark of AWS Glue 5.0 and what checks the job, and in
# .spark/jars the JDBC drivers that Glue has by itself. Does nothing when all that is there and up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

drivers=org.postgresql:postgresql:42.7.3,com.mysql:mysql-connector-j:8.0.33
place=$PWD/.spark

fail() {
  echo "$1" >&2
  exit 1
}

# Later versions of Python lack modules that Spark 3.5 imports.
find_python() {
  local candidate
  for candidate in python3.11 python3 python3.12 python3.10 python3.9; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 9) <= sys.version_info < (3, 13))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  fail 'Python 3 is missing, from 3.9 to 3.12: install it, best 3.11 (apt-get install python3 python3-venv).'
}

find_java() {
  local java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  "$java" -version 2>&1 | grep -q 'version "17[."]' ||
    fail "Java 17 is missing: install it (apt-get install openjdk-17-jre-headless), or set JAVA_HOME to where it is."
}

find_java
python=$(find_python)
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
  fail "$python has no venv: install it (apt-get install python3-venv)."

wanted=$({ cat glue/requirements.txt; echo "$drivers $place"; "$python" --version; } | cksum)
if [ "$(cat "$place/stamp" 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi

# In one piece or not at all: without the stamp everything is made anew.
rm -rf "$place"
"$python" -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check --requirement glue/requirements.txt ||
  fail 'The packages of glue/requirements.txt could not be installed: is a package index within reach?'

# Spark finds, checks and fetches the drivers with all that they need, as it would for any job.
SPARK_HOME=$(echo "$place"/lib/python3*/site-packages/pyspark) PYSPARK_PYTHON=$place/bin/python \
  "$place/bin/python" - "$drivers" "$place/ivy" >"$place/drivers.log" 2>&1 <<'PYTHON' ||
import sys
from pyspark.sql import SparkSession

settings = {'spark.jars.packages': sys.argv[1], 'spark.jars.ivy': sys.argv[2], 'spark.ui.enabled': 'false'}
builder = SparkSession.builder.master('local[1]')
for name, value in settings.items():
    builder = builder.config(name, value)
builder.getOrCreate().stop()
PYTHON
  fail "The JDBC drivers $drivers could not be fetched: see .spark/drivers.log."
mv "$place/ivy/jars" "$place/jars"
rm -rf "$place/ivy"
echo "$wanted" >"$place/stamp"
