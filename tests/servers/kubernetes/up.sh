#!/usr/bin/env bash
# Starts etcd, kube-apiserver, kube-controller-manager, kube-scheduler and a stand-in for the kubelet on free loopback ports,
# with RBAC on, in the folder given: 'up.sh FOLDER'. It holds kubeconfig files (admin, certificate, readonly, limited) and logs;
# 'down.sh FOLDER' ends what this started. 'up.sh FOLDER --until-stdin-ends' ends it by itself, when its standard input does, and
# removes the folder: however the tests end, nothing is left running.
#
# admin        token, may do everything
# certificate  client certificate, may do everything
# readonly     token, may look at everything but secrets
# limited      token, may change what is in the namespace 'limited', and see nothing else
#
# With AUDIT set, log/audit has a line for each request: who asked for what.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
folder="$(mkdir -p "$1" && cd "$1" && pwd)"
bin="$("$here/build.sh")"
mkdir -p "$folder/log" "$folder/pid" "$folder/pki"
cd "$folder"

read -r etcd_port peer_port api_port kubelet_port <<< "$(python3 - <<'PORTS'
import socket
held = [socket.socket() for _ in range(4)]
for s in held: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))
PORTS
)"
url="https://127.0.0.1:$api_port"

certificates() {
  local key subject
  openssl ecparam -genkey -name prime256v1 -noout -out pki/ca.key
  openssl req -x509 -new -key pki/ca.key -days 3650 -subj /CN=test-ca -out pki/ca.crt
  printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n' > pki/server.ext
  printf 'extendedKeyUsage=clientAuth\n' > pki/client.ext
  for key in server:/CN=kube-apiserver client:/O=system:masters/CN=certificate; do
    subject="${key#*:}" key="${key%%:*}"
    openssl ecparam -genkey -name prime256v1 -noout -out "pki/$key.key"
    openssl req -new -key "pki/$key.key" -subj "$subject" |
      openssl x509 -req -CA pki/ca.crt -CAkey pki/ca.key -CAcreateserial -days 3650 -extfile "pki/$key.ext" -out "pki/$key.crt"
  done
  openssl ecparam -genkey -name prime256v1 -noout -out pki/accounts.key
} 2>/dev/null

# kubeconfig NAME 'USER AS YAML'
kubeconfig() {
  cat > "kubeconfig-$1" <<CONFIG
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "$url", certificate-authority: "$folder/pki/ca.crt"}}]
users: [{name: $1, user: $2}]
contexts: [{name: test, context: {cluster: test, user: $1}}]
current-context: test
CONFIG
}

start() {
  local name="$1"
  shift
  # A process group of its own: Ctrl-C reaches this script, which then ends them in order.
  setsid "$@" > "log/$name.log" 2>&1 < /dev/null &
  echo $! > "pid/$name"
  disown
}

# request METHOD PATH [BODY]
request() {
  curl -sf --max-time 10 --cacert pki/ca.crt -H 'Authorization: Bearer admin-token' -H 'Content-Type: application/yaml' \
    -X "$1" "$url$2" ${3:+--data-binary "$3"}
}

# until_ready NAME COMMAND…: waits at most 60 s
until_ready() {
  local name="$1" tries
  shift
  for tries in $(seq 600); do
    "$@" >/dev/null 2>&1 && return 0
    [ -e "/proc/$(cat "pid/$name")" ] || break
    sleep 0.1
  done
  echo "$name does not come up:" >&2
  tail -n 20 "log/$name.log" >&2
  return 1
}

stop() { "$here/down.sh" "$folder"; }

certificates
cat > pki/tokens.csv <<'TOKENS'
admin-token,admin,1,"system:masters"
readonly-token,readonly,2
limited-token,limited,3
kubelet-token,kubelet,4,"system:masters"
TOKENS
kubeconfig admin '{token: admin-token}'
kubeconfig readonly '{token: readonly-token}'
kubeconfig limited '{token: limited-token}'
kubeconfig certificate "{client-certificate: '$folder/pki/client.crt', client-key: '$folder/pki/client.key'}"

trap stop ERR
start etcd etcd --data-dir etcd --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
  --listen-peer-urls "http://127.0.0.1:$peer_port" --unsafe-no-fsync --log-level=error
audit=()
if [ -n "${AUDIT:-}" ]; then
  echo '{"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"], "rules": [{"level": "Metadata"}]}' > audit-policy
  audit=(--audit-policy-file=audit-policy --audit-log-path=log/audit)
fi
# Without the plugins left out here, pods wait for tokens and for a real kubelet.
start kube-apiserver "$bin/kube-apiserver" --etcd-servers="http://127.0.0.1:$etcd_port" --bind-address=127.0.0.1 \
  --advertise-address=127.0.0.1 --secure-port="$api_port" --insecure-port=0 --tls-cert-file=pki/server.crt \
  --tls-private-key-file=pki/server.key --client-ca-file=pki/ca.crt --token-auth-file=pki/tokens.csv --authorization-mode=RBAC \
  --service-account-key-file=pki/accounts.key --service-account-signing-key-file=pki/accounts.key \
  --service-account-issuer=https://kubernetes.test --service-cluster-ip-range=10.0.0.0/16 --allow-privileged=true \
  --disable-admission-plugins=ServiceAccount,TaintNodesByCondition --kubelet-preferred-address-types=InternalIP \
  --max-requests-inflight=1200 --max-mutating-requests-inflight=600 --profiling=false "${audit[@]}"
until_ready kube-apiserver request GET /readyz
start kube-controller-manager "$bin/kube-controller-manager" --kubeconfig=kubeconfig-admin --leader-elect=false --port=0 --secure-port=0 \
  --service-account-private-key-file=pki/accounts.key --kube-api-qps=500 --kube-api-burst=1000 --concurrent-deployment-syncs=20 \
  --controllers=clusterrole-aggregation,cronjob,daemonset,deployment,disruption,endpoint,endpointslice,garbagecollector,horizontalpodautoscaling,job,namespace,podgc,replicaset,replicationcontroller,resourcequota,serviceaccount,statefulset,ttl-after-finished
start kube-scheduler "$bin/kube-scheduler" --kubeconfig=kubeconfig-admin --leader-elect=false --port=0 --secure-port=0
start kubelet python3 "$here/kubelet.py" "$url" kubelet-token "$kubelet_port" pki/ca.crt pki/server.crt pki/server.key
request POST /api/v1/namespaces '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "limited"}}' >/dev/null
bind() {
  request POST "/apis/rbac.authorization.k8s.io/v1/$1" "{\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"$2\",
    \"metadata\": {\"name\": \"$3\"}, \"roleRef\": {\"apiGroup\": \"rbac.authorization.k8s.io\", \"kind\": \"ClusterRole\", \"name\": \"$4\"},
    \"subjects\": [{\"apiGroup\": \"rbac.authorization.k8s.io\", \"kind\": \"User\", \"name\": \"$3\"}]}" >/dev/null
}
bind clusterrolebindings ClusterRoleBinding readonly view
bind namespaces/limited/rolebindings RoleBinding limited edit
until_ready kubelet request GET /api/v1/nodes/node-1
trap - ERR

echo "$folder"
if [ "${2:-}" = --until-stdin-ends ]; then
  trap 'stop; rm -rf "$folder"' EXIT
  trap 'exit 130' INT TERM
  cat > /dev/null
fi
