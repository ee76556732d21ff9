# shellcheck shell=bash
# What setup downloads besides Debian packages: Kafka's jars with Maven, and the tests' Python packages with pip.

MAVEN_DEPENDENCY_PLUGIN=3.8.1
# Kafka's jars speak slf4j but bring no writer for it. This is the one in Kafka's own distribution, in the version of
# the log4j-core that the jars do bring.
LOG4J_VERSION=2.25.4

# kafka_download LIBS: the broker, its command classes and all they need, with the checksums that Maven Central gives.
kafka_download() {
        local libs=$1 work
        work=$(mktemp -d "$(cache_dir)/tmp.kafka.XXXXXXXX")
        # shellcheck disable=SC2064 # the value of now is meant
        trap "rm -rf '${work//\'/\'\\\'\'}'" EXIT
        trap 'exit 130' INT TERM HUP
        kafka_pom >"$work/pom.xml"
        mkdir "$work/libs"
        # A repository of its own: an interrupted run leaves nothing half-made in the user's.
        mvn -B -ntp -C -f "$work/pom.xml" "-Dmaven.repo.local=$work/repository" \
                "org.apache.maven.plugins:maven-dependency-plugin:$MAVEN_DEPENDENCY_PLUGIN:copy-dependencies" \
                "-DoutputDirectory=$work/libs" -DincludeScope=runtime
        [[ -e $work/libs/kafka_$KAFKA_SCALA-$KAFKA_VERSION.jar ]]
        [[ -e $work/libs/log4j-core-$LOG4J_VERSION.jar ]]
        chmod 0755 "$work/libs"
        rm -rf "$libs"
        mv -T "$work/libs" "$libs"
}

kafka_pom() {
        cat <<END
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>iochub</groupId>
  <artifactId>kafka-libs</artifactId>
  <version>$KAFKA_VERSION</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_$KAFKA_SCALA</artifactId><version>$KAFKA_VERSION</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$KAFKA_VERSION</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
      <version>$LOG4J_VERSION</version>
    </dependency>
  </dependencies>
</project>
END
}

# venv_make PYTHON: PYTHON is <environment>/bin/python. A virtual environment cannot be renamed, so the mark of a
# complete one is a file written last.
venv_make() {
        local home=${1%/bin/python}
        rm -rf "$home"
        /usr/bin/python3 -m venv "$home"
        "$home/bin/python" -m pip --disable-pip-version-check install --no-deps --only-binary :all: \
                "${PYTHON_PACKAGES[@]}"
        "$home/bin/python" -c 'import confluent_kafka.schema_registry.protobuf, psycopg, yaml'
        touch "$home/complete"
}

venv_is_complete() { [[ -e ${1%/bin/python}/complete && -x $1 ]]; }
