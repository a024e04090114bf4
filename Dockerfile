# Two stages: the first has the sources and what builds them, the second only Python and what was installed.
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.lock requirements-build.lock ./
RUN python -m venv /opt/build && python -m venv /opt/escalator
RUN /opt/build/bin/pip install --no-cache-dir --require-hashes --requirement requirements-build.lock
RUN /opt/escalator/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY . .
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /opt/wheel .
RUN /opt/escalator/bin/pip install --no-cache-dir --no-deps --no-index /opt/wheel/*.whl
RUN /opt/escalator/bin/pip uninstall --yes pip

FROM python:3.13-slim
ENV PATH=/opt/escalator/bin:/usr/local/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ESCALATOR_HOST=0.0.0.0 \
    ESCALATOR_POLICIES=/policies
# What fetches policies from a repository (docs/gitops.md).
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends git openssh-client ca-certificates && \
    rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/escalator /opt/escalator
# The last thing a shell does here is to remove itself, and what could install another.
RUN /usr/bin/install -d -o 10001 -g 10001 -m 700 /data && \
    /bin/rm -rf /usr/local/lib/python3.13/site-packages/pip* /usr/local/bin/pip* /usr/local/lib/python3.13/ensurepip \
    /usr/bin/apt* /usr/bin/dpkg* /usr/bin/perl* /bin/bash /bin/dash /bin/sh
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "from urllib.request import *; build_opener(ProxyHandler({})).open('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["escalator"]
CMD ["serve"]
