# One image for both apps; the command says which. Build it with `docker build -t invoq .`

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY tsconfig.json nest-cli.json ./
COPY scripts ./scripts
COPY libs ./libs
COPY apps ./apps
RUN node scripts/build.mjs
# What is shipped, package by package.
RUN node scripts/sbom.mjs sbom.cdx.json

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
# `docker build --build-arg REVISION=$(git rev-parse HEAD) -t invoq .`; scripts/release.mjs writes the version.
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Invoq" \
      org.opencontainers.image.description="Runs named functions for other programs, over a queue: sync, async, with a durable record per requestID." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="node:24-bookworm-slim"
# util-linux, which the image has, gives the sandboxes `prlimit` and `setpriv`; no package of the system is added.
ENV NODE_ENV=production
WORKDIR /app
# What the apps keep on disk: a volume that all of them share. One that is new takes its owner from here.
ENV INVOQ_DATA=/data
RUN install -d -o node -g node -m 700 /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/sbom.cdx.json ./
COPY package.json LICENSE ./
COPY examples ./examples
COPY deploy/docker/entrypoint.sh /usr/local/bin/invoq-entrypoint
# The command line: `docker run invoq invoq --help`, `docker compose exec api invoq queues`.
COPY deploy/docker/invoq.sh /usr/local/bin/invoq
# It starts as root and becomes node, which owns /data alone. A worker keeps four capabilities, to run each sandbox as a user
# of its own (docs/security.md). With `--user node` nothing is kept, and functions run as node too.
ENTRYPOINT ["invoq-entrypoint"]
EXPOSE 3000
# Node as the first process of a container collects no orphans: run it under an init (`docker run --init`; compose does).
CMD ["node", "dist/apps/api/main.js"]
