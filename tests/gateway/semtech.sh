#!/usr/bin/env bash
# Builds Semtech's own packet forwarder from its public source with a stub in place of the radio, and has it talk to the sidecar's gateway server.
# Needs git, gcc, make and the network. SX1302_HAL names another clone or mirror of the source; nothing of it is kept.
set -euo pipefail
cd "$(dirname "$0")/../.."
source=${SX1302_HAL:-https://github.com/Lora-net/sx1302_hal}
version=V2.1.0
port=${PORT:-17330}
here=$PWD
work=$(mktemp -d)
trap 'kill "${forwarder:-}" 2>/dev/null || true; rm -rf "$work"' EXIT

git -c advice.detachedHead=false clone -q --depth 1 --branch "$version" "$source" "$work/hal"
cd "$work/hal"
make -s -C libtools >"$work/make.log" 2>&1 || { cat "$work/make.log"; exit 1; }
make -s -C libloragw inc/config.h >/dev/null
gcc -std=gnu99 -O2 -w -DVERSION_STRING="\"$version\"" -Ipacket_forwarder/inc -Ilibloragw/inc -Ilibtools/inc \
  packet_forwarder/src/lora_pkt_fwd.c packet_forwarder/src/jitqueue.c "$here/tests/gateway/stub_radio.c" \
  -Llibtools -ltinymt32 -lparson -lbase64 -lrt -lpthread -lm -o "$work/lora_pkt_fwd"
sed -e "s/\"serv_port_\(up\|down\)\": *[0-9]*/\"serv_port_\1\": $port/" -e 's/"server_address": *"[^"]*"/"server_address": "127.0.0.1"/' \
  -e 's/"stat_interval": *[0-9]*/"stat_interval": 5/' packet_forwarder/global_conf.json.sx1250.EU868.USB >"$work/conf.json"

cd "$work"
./lora_pkt_fwd -c conf.json >forwarder.log 2>&1 &
forwarder=$!
cd "$here"
result=0
JOULE_GWMP_LISTEN=127.0.0.1:$port go test -count=1 -v -run TestRealForwarder ./sidecar/radio/gwmp || result=$?
sleep 2 # the forwarder hands a packet to its radio a little after it said yes
grep "stub radio: transmits" "$work/forwarder.log" || { echo "the forwarder transmitted nothing"; result=1; }
[ "$result" = 0 ] || tail -n 40 "$work/forwarder.log"
exit "$result"
