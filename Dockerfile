# One image for web, worker, beat and migrations: see docker-compose.yml.
FROM python:3.13-slim AS packages
# --build-arg LOCK=requirements-extras.lock for files in S3, or for Sentry.
ARG LOCK=requirements.lock
COPY ${LOCK} /packages.lock
RUN python -m venv /venv \
    && /venv/bin/python -m pip install --no-cache-dir --only-binary :all: --require-hashes -r /packages.lock

FROM python:3.13-slim
RUN apt-get update -qq \
    && apt-get install -qq -y --no-install-recommends tesseract-ocr tesseract-ocr-fra postgresql-client \
    && rm -rf /var/lib/apt/lists/*
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/srv/static VAR_DIR=/data
RUN useradd --uid 1000 --no-create-home portal && install -d -o portal -g portal /data
COPY --from=packages /venv /venv
COPY . /app
WORKDIR /app
# These keys serve this command only; the real ones are given when a container starts.
RUN SECRET_KEY=build FIELD_KEYS=build FIELD_HASH_KEY=build VAR_DIR=/tmp/build python manage.py collectstatic --no-input
USER portal
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "agrilocal18.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
