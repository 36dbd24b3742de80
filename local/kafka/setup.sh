#!/usr/bin/env bash
# Makes .kafka/ beside package.json: in .kafka/jars Apache Kafka with all that it needs to run, as local/kafka/pom.xml says.
# Does nothing when all that is there and up to date.
set -euo pipefail
cd "$(dirname "$0")/../.."

place=$PWD/.kafka

fail() {
  echo "$1" >&2
  exit 1
}

find_java() {
  local java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  "$java" -version 2>&1 | grep -q 'version "17[."]' ||
    fail 'Java 17 is missing: install it (apt-get install openjdk-17-jre-headless), or set JAVA_HOME to where it is.'
}

find_java
command -v mvn >/dev/null || fail 'Maven is missing: install it (apt-get install maven).'

wanted=$({ cat local/kafka/pom.xml; echo "$place"; } | cksum)
if [ "$(cat "$place/stamp" 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi

# In one piece or not at all: without the stamp everything is made anew.
rm -rf "$place"
mkdir "$place"
mvn --quiet --batch-mode -f local/kafka/pom.xml dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$place/jars" >"$place/setup.log" 2>&1 ||
  fail "Kafka's jars could not be fetched: see .kafka/setup.log. Is a Maven repository within reach?"
echo "$wanted" >"$place/stamp"
