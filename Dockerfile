# A static binary on an empty image: certificates from the build image, time
# zones inside the binary.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o /imagined ./cmd/imagined \
 && mkdir -m 0700 /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /imagined /imagined
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
ENV IMAGINED_DATA=/data
VOLUME /data
ENTRYPOINT ["/imagined"]
CMD ["run", "/personas"]
