#!/usr/bin/env bash
# Regenerates x/*/types/*.pb.go and *.pb.gw.go from proto/: every imported .proto comes from the Go module cache, which is filled first.
# With --check it changes nothing and fails when the committed files are stale.
# Debian's protoc (protobuf-compiler 3.21.12) is used; the plugins' versions are pinned in tools/go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."
PROTOC=${PROTOC:-protoc}
command -v "$PROTOC" >/dev/null || { echo "protogen: protoc not found: apt-get install -y protobuf-compiler, or set PROTOC" >&2; exit 1; }
# A module that no build has needed yet is not in the cache, and has no directory then.
dir() { go mod download "$1"; go list -m -f '{{.Dir}}' "$1"; }
sdk=$(dir github.com/cosmos/cosmos-sdk); cp=$(dir github.com/cosmos/cosmos-proto)
gogo=$(dir github.com/cosmos/gogoproto); gw=$(dir github.com/grpc-ecosystem/grpc-gateway)
gocosmos=$(go tool -modfile=tools/go.mod -n protoc-gen-gocosmos); gateway=$(go tool -modfile=tools/go.mod -n protoc-gen-grpc-gateway)
swagger=$(go tool -modfile=tools/go.mod -n protoc-gen-swagger)
out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
# One run a package: the plugin refuses several Go packages at once.
for pkg in $(find proto -name '*.proto' -printf '%h\n' | sort -u); do
  "$PROTOC" -I proto -I "$sdk/proto" -I "$cp/proto" -I "$gogo" -I "$gogo/protobuf" -I "$gw/third_party/googleapis" \
    --plugin=protoc-gen-gocosmos="$gocosmos" --plugin=protoc-gen-grpc-gateway="$gateway" \
    --gocosmos_out=plugins=grpc,Mgoogle/protobuf/any.proto=github.com/cosmos/gogoproto/types/any:"$out" \
    --grpc-gateway_out=logtostderr=true,allow_colon_final_segments=true:"$out" "$pkg"/*.proto
done
# The OpenAPI description covers Joule's own services; the SDK's have their own under /swagger/.
"$PROTOC" -I proto -I "$sdk/proto" -I "$cp/proto" -I "$gogo" -I "$gogo/protobuf" -I "$gw/third_party/googleapis" \
  --plugin=protoc-gen-swagger="$swagger" \
  --swagger_out=logtostderr=true,allow_merge=true,merge_file_name=joule,json_names_for_fields=false,simple_operation_ids=true:"$out" \
  proto/joule/*/v1/query.proto
go run ./scripts/openapi <"$out/joule.swagger.json" >"$out/openapi.json"
gen="$out/$(go list -m)"
if [ "${1:-}" = --check ]; then
  stale=0
  while read -r f; do cmp -s "$gen/$f" "$f" || { echo "protogen: $f is stale: run make proto" >&2; stale=1; }; done < <(cd "$gen" && find . -name '*.go' | sort)
  cmp -s "$out/openapi.json" app/openapi/joule.swagger.json || { echo "protogen: app/openapi/joule.swagger.json is stale: run make proto" >&2; stale=1; }
  while read -r f; do [ -f "$gen/$f" ] || { echo "protogen: $f has no proto: delete it" >&2; stale=1; }; done < <(find x -name '*.pb.go' -o -name '*.pb.gw.go' | sort)
  exit $stale
fi
cp -r "$gen/." .
cp "$out/openapi.json" app/openapi/joule.swagger.json
