# One image for web, worker and beat. Built in two stages so that pip and the compilers' leftovers stay out of the second.
FROM python:3.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt /tmp/requirements.txt
RUN /venv/bin/pip install --require-hashes --only-binary=:all: -r /tmp/requirements.txt

FROM python:3.12-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin earlyaccess \
    && mkdir -p /data && chown earlyaccess /data
COPY --from=build /venv /venv
COPY . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=earlyaccess.settings.prod VAR_DIR=/app/var STORAGE_URL=file:///data
# Catalogues and static files belong to the image: at run time the file system is read-only. The keys are not real ones.
RUN SECRET_KEY=build FIELD_KEYS=build ALLOWED_HOSTS=build SITE_URL=https://build EMAIL_URL=smtp://build \
    DATABASE_URL=postgresql://build REDIS_URL=redis://build \
    sh -c 'python -m earlyaccess.local.catalogues && python manage.py collectstatic --no-input --verbosity 0'
USER earlyaccess
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "1", "earlyaccess.wsgi:application"]
