# Two stages: the first has pip and installs, the second has only what runs.
FROM python:3.11-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /src
RUN python -m venv /opt/tablesmith
# The lock files come first, so that a change of the code does not install everything anew.
COPY requirements.lock requirements-build.lock ./
COPY requirements-extras ./requirements-extras
RUN /opt/tablesmith/bin/pip install --require-hashes --only-binary :all: \
    -r requirements.lock -r requirements-build.lock
# What sinks, databases and PDF files need beyond that:
# docker build --build-arg EXTRAS="postgres s3 pdf" .
ARG EXTRAS=""
RUN for extra in $EXTRAS; do \
    /opt/tablesmith/bin/pip install --require-hashes --only-binary :all: --no-deps \
    -r "requirements-extras/$extra.lock" || exit 1; done
COPY pyproject.toml README.md LICENSE ./
COPY app ./app
# The package holds the language reference by a link to this page.
COPY docs/language.md ./docs/language.md
COPY migrations ./migrations
COPY tablesmith ./tablesmith
RUN /opt/tablesmith/bin/pip install --no-deps --no-build-isolation .

FROM python:3.11-slim

# LightGBM's OpenMP; the base image is without it. Debian keeps one version of a package only, so
# pinning it would break the build with the next security update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin tablesmith \
    && install -d -o tablesmith -g tablesmith /data
COPY --from=build /opt/tablesmith /opt/tablesmith

ENV PATH=/opt/tablesmith/bin:$PATH PYTHONUNBUFFERED=1 TABLESMITH_DATA_DIR=/data TABLESMITH_API_KEYS=on
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["tablesmith", "serve", "--host", "0.0.0.0", "--port", "8000"]
