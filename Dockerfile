# One image for every role; the role is the command: serve, worker, migrate. (The simulated carrier is `python -m app.simulator`.)
#
# The base is pinned by its tag. For reproducible builds pin it by digest as well (python:3.12-slim-bookworm@sha256:...), which has
# to be looked up in the registry you pull from.
FROM python:3.12-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements/runtime.txt /tmp/runtime.txt
RUN python -m venv /opt/tactful \
    && /opt/tactful/bin/pip install --require-hashes --only-binary=:all: --requirement /tmp/runtime.txt \
    && /opt/tactful/bin/pip uninstall --yes pip \
    && python -m compileall -q /opt/tactful


FROM python:3.12-slim-bookworm

RUN groupadd --system --gid 10001 tactful \
    && useradd --system --uid 10001 --gid tactful --home-dir /srv --shell /usr/sbin/nologin tactful \
    && install --directory --owner tactful --group tactful --mode 0700 /srv/var
COPY --from=build /opt/tactful /opt/tactful
COPY pyproject.toml /srv/
COPY alembic /srv/alembic
COPY app /srv/app
COPY workers /srv/workers

WORKDIR /srv
USER tactful
ENV PATH=/opt/tactful/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TACTFUL_HOST=0.0.0.0
EXPOSE 8000
STOPSIGNAL SIGTERM

# Asks the API of this container; the other roles bring their own question or none (see compose.yaml). `python -m app health` asks
# the same, but loads the whole service to do so, which is too dear for every few seconds.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('TACTFUL_PORT', '8000') + '/health/ready', timeout=4)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve"]
