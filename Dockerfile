# Jeeves in a container: not root, one volume, no port.
#
#   docker build --tag jeeves .
#   docker run --detach --name jeeves --restart on-failure --stop-timeout 45 --init \
#     --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     --volume jeeves:/data jeeves
#
# The volume holds everything: settings and secrets (made by: docker run -it --rm --volume jeeves:/data jeeves init),
# database and models. Other commands: docker exec jeeves jeeves status
FROM python:3.13-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml requirements.lock README.md LICENSE jeeves.toml ./
COPY jeeves jeeves
COPY migrations migrations
COPY models models
RUN python -m venv /opt/jeeves \
 && /opt/jeeves/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock \
 && /opt/jeeves/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
# PostgreSQL refuses to run as root, and wants a user with a name.
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin jeeves \
 && install --directory --owner jeeves --group jeeves --mode 0700 /data
COPY --from=build /opt/jeeves /opt/jeeves
ENV PATH=/opt/jeeves/bin:$PATH \
    HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["jeeves"]
CMD ["run"]
