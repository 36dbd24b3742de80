#!/usr/bin/env bash
# Makes .kafka/ beside package.json: in .kafka/jars Apache Kafka with all that it needs to run, as local/kafka/pom.xml says,
# and in .kafka/connect/jars Kafka Connect with Debezium, as local/kafka/connect-pom.xml says. What is there and up to date
# is left as it is.
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

# fetch <pom> <folder>: in one piece or not at all, since without the stamp everything is made anew.
fetch() {
  local wanted
  wanted=$({ cat "$1"; echo "$place"; } | cksum)
  if [ "$(cat "$2/stamp" 2>/dev/null)" = "$wanted" ]; then
    return
  fi
  rm -rf "$2"
  mkdir "$2"
  mvn --quiet --batch-mode -f "$1" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$2/jars" >"$2/setup.log" 2>&1 ||
    fail "The jars of $1 could not be fetched: see $2/setup.log. Is a Maven repository within reach?"
  echo "$wanted" >"$2/stamp"
}

fetch local/kafka/pom.xml "$place"
fetch local/kafka/connect-pom.xml "$place/connect"
