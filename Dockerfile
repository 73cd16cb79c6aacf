# The program with all it needs at run time. `docker build -t prextra-shopify .`; it holds neither settings nor secrets:
# they come from the environment, by the names of .env.example. What it writes is in /app/var.

FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv --without-pip /venv \
 && pip --python /venv/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
# What the wheels of pyodbc and of mssql-python do not carry themselves.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libodbc2 libltdl7 libkrb5-3 libgssapi-krb5-2 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --home-dir /app --no-create-home --shell /usr/sbin/nologin prextra-shopify
COPY --from=packages /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /app
COPY . .
RUN python -m compileall -q integration prextra_models \
 && install -d -o prextra-shopify -g prextra-shopify -m 700 var
VOLUME /app/var
USER prextra-shopify

EXPOSE 8000
# The exec form, so that SIGTERM reaches `run`, which stops at a safe point within half a minute: stop it with
# `docker stop --time 35`. Run it with `--init`, which buries what a killed worker leaves behind.
ENTRYPOINT ["python", "manage.py"]
CMD ["run", "--listen", "0.0.0.0:8000"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
