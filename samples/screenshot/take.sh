#!/usr/bin/env bash
# Takes docs/images/chat.svg: runs the service and two chats in terminals of their own, lets them talk, and draws what
# the terminals then show. Needs tmux and Python.
set -euo pipefail
cd "$(dirname "$0")/../.."
unset CI
address=http://127.0.0.1:5391
run=$(mktemp -d)
trap 'tmux -L chat kill-server 2>/dev/null || true; kill "$service" 2>/dev/null || true; rm -rf "$run"' EXIT

dotnet build -v quiet -nologo samples/Messaging.Sample.Chat
dotnet build -v quiet -nologo Messaging.Service
ASPNETCORE_ENVIRONMENT=Development dotnet Messaging.Service/bin/Debug/net10.0/Messaging.Service.dll \
  --urls $address --Messaging:Ledger:Path="$run/ledger.db" --Messaging:Limits:PayloadBytes=120 > "$run/service.log" &
service=$!

chat() {
  tmux -L chat new-session -d -s "$1" -x 64 -y 16 "dotnet samples/Messaging.Sample.Chat/bin/Debug/net10.0/Messaging.Sample.Chat.dll $1 $2 $3 --server $address --store $run/$1.db"
}
shows() {
  for _ in $(seq 100); do
    if tmux -L chat capture-pane -p -t "$1" | grep -q "$2"; then return; fi
    sleep 0.1
  done
  echo "$1 never shows: $2"; exit 1
}
writes() { tmux -L chat send-keys -t "$1" -l "$2"; tmux -L chat send-keys -t "$1" Enter; }

chat alice phone bob
chat bob laptop alice
shows alice "● connected"
shows bob "● connected"
writes alice "Are you coming tonight?"
shows bob "tonight"
writes bob "Yes, at eight. Shall I bring something?"
shows alice "bring something"
writes alice "Only yourself."
writes alice "Or the recipe, if you still have it: the one with the beans, the tomatoes, the olives, and whatever else there was in it."
shows alice "refused"
shows bob "Only yourself"
tmux -L chat send-keys -t bob -l "And the be"
shows alice "is typing"
writes alice "And bread, please!"
shows bob "1 unread"
shows alice "bread.*✓✓"
for who in alice bob; do tmux -L chat capture-pane -e -p -t $who > "$run/$who.txt"; done
python3 samples/screenshot/draw.py "alice/phone=$run/alice.txt" "bob/laptop=$run/bob.txt" > docs/images/chat.svg
