What is known by its place alone: trees as package managers, builds and containers leave them, in a home of their own.

  $ put() { mkdir -p "$(dirname "$1")"; head -c "$2" /dev/zero >"$1"; }
  $ cd ~; put app/package.json 2K; put app/src/index.js 20K; put app/node_modules/react/index.js 3M; put app/node_modules/react/node_modules/deep/x.js 1M
  $ put .npm/_cacache/content-v2/sha512/aa/bb 2M; put .npm/_logs/debug.log 100K; put .cache/pip/http-v2/a/b 2M; put .cache/uv/archive-v0/x 1M
  $ put rs/Cargo.toml 1K; put rs/src/main.rs 8K; put rs/target/debug/rs 4M; put .cargo/registry/src/index/serde/lib.rs 1M; put .rustup/toolchains/stable/bin/rustc 3M
  $ put py/venv/pyvenv.cfg 1K; put py/venv/bin/python 1M; put py/venv/lib/python3/site-packages/numpy/core.so 3M; put py/mod/__pycache__/a.pyc 200K; put py/mod/a.py 8K
  $ put c/build/CMakeCache.txt 50K; put c/build/obj/a.o 2M; put java/pom.xml 1K; put java/target/x.jar 1M; put .m2/repository/org/x.jar 1M; put cs/app.csproj 1K; put cs/bin/Debug/app.dll 1M
  $ put .local/share/docker/overlay2/0a1b/diff/usr/lib/libc.so 4M; put .local/share/docker/overlay2/0a1b/diff/app/node_modules/y/z.js 1M; put .local/share/containers/storage/overlay/l/x 2M
  $ put .cache/huggingface/hub/models--org--small/blobs/00ff 5M; put .local/share/Trash/files/old/node_modules/x 1M; put .local/share/Trash/files/old/package.json 1K
  $ put site/target/page.html 700K; put notes.txt 300K; put work/.git/objects/pack/pack-1.pack 2M; put .cache/unknown-program/x 1M
  $ disktracker scan ~ >/dev/null 2>&1; disktracker explain --now --json ~ >$OUT_.json
  $ awk -F'[:,]' '/"net_bytes"/ { net = $2 } /"other_bytes"/ { other = $2 } END { print (other * 10 <= net ? "named" : "not named: " other " of " net) }' $OUT_.json
  named
  $ sed -n 's#^ *{"cause": "\([^"]*\)", "class": "\([a-z]*\)", "rule": "\([^"]*\)".*"paths": \[{"path": "[^"]*/home/\([^"]*\)".*#\1 | \2 | \3 | \4#p' $OUT_.json | sort; rm -f $OUT_.json
  .NET builds | built | **/bin | cs/bin
  CMake builds | built | **/build | c/build
  Cargo registry | downloaded | ~/.cargo/registry | .cargo/registry
  Docker images and containers | service | ~/.local/share/docker/overlay2/* | .local/share/docker/overlay2/0a1b
  Docker | service | ~/.local/share/docker | .local/share/docker
  Git objects | service | **/*.git/objects | work/.git/objects
  Hugging Face models | downloaded | ~/.cache/huggingface/hub/* | .cache/huggingface/hub/models--org--small
  Maven builds | built | **/target | java/target
  Maven repository | downloaded | ~/.m2/repository | .m2/repository
  Podman and Buildah | service | ~/.local/share/containers/storage | .local/share/containers/storage
  Python byte code | regenerated | **/__pycache__ | py/mod/__pycache__
  Rust build | built | **/target | rs/target
  Rust toolchains | downloaded | ~/.rustup/toolchains | .rustup/toolchains
  log files | service | **/*.log | .npm/_logs/debug.log
  npm cache | downloaded | ~/.npm/_cacache | .npm/_cacache
  npm packages | downloaded | **/node_modules | app/node_modules
  other caches | regenerated | ~/.cache/* | .cache/unknown-program
  pip cache | downloaded | ~/.cache/pip | .cache/pip
  trash | personal | ~/.local/share/Trash | .local/share/Trash
  uv cache | downloaded | ~/.cache/uv | .cache/uv
  virtual environments | downloaded | **/* | py/venv

An ordinary word is no cause without its marker; a service's own is not taken apart, nor what lies in the trash.

  $ disktracker explain --now ~ | grep -E 'site|Trash|docker' | sed 's/^ *[0-9.]* [KM]iB  *//; s/  */ /g'
  Docker images and containers service .local/share/docker/overlay2/0a1b
  trash personal .local/share/Trash
  other site/target +22 more
   docker system prune # Docker images and containers: stopped containers go; never by rm

A directory that says of itself that it is a cache.

  $ cd ../here; put a/CACHEDIR.TAG 43; put a/x 1M; put b/CACHEDIR.TAG 10; put b/x 1M; put c/CACHEDIR.TAG 50; put c/x 1M; printf 'Signature: 8a477f597d28d172789f06886806bc55' >a/CACHEDIR.TAG
  $ disktracker scan >/dev/null; disktracker explain --now | sed -n 's/^ *[0-9.]* [KM]iB  //p' | sed 's/  */ /g'
  caches marked with CACHEDIR.TAG regenerated a
  other b +2 more

What has other names comes back only when the last of them goes.

  $ e() { printf '{"name":"%s","asize":%s,"dsize":%s%s}' "$1" "$2" "$2" "${3:+,\"ino\":$3,\"nlink\":2,\"hlnkc\":true}"; }
  $ d() { printf '{"name":"%s","asize":4096,"dsize":4096}' "$1"; }
  $ printf '[1,2,{"progname":"ncdu","progver":"1.18","timestamp":1763000000},[{"name":"/home/bo","asize":4096,"dsize":4096,"dev":1},[%s,[%s,%s],[%s,%s],[%s,%s,%s]],[%s,[%s,%s]]]]' "$(d .cache)" "$(d pip)" "$(e a 8388608 7)" "$(d thumbnails)" "$(e t 1048576)" "$(d go-build)" "$(e o 2097152 9)" "$(e p 2097152 9)" "$(d keep)" "$(d in)" "$(e b 8388608 7)" >links.json
  $ disktracker import links.json >/dev/null
  $ disktracker free 500K /home/bo
  to free 500.0 KiB in /home/bo  #3 2025-11-13 02:13: 1.0 MiB found
    frees  cause       class        command
  1.0 MiB  thumbnails  regenerated  rm -rf /home/bo/.cache/thumbnails
  $ disktracker free 3M /home/bo
  to free 3.0 MiB in /home/bo  #3 2025-11-13 02:13: 3.0 MiB found
    frees  cause           class        command
  1.0 MiB  thumbnails      regenerated  rm -rf /home/bo/.cache/thumbnails
  2.0 MiB  Go build cache  built        go clean -cache
  $ disktracker free 100M /home/bo --json | grep -E '"(reached|command)'
  disktracker: only 3.0 MiB of 100.0 MiB can be freed without touching what is yours
    "reached_bytes": 3153920,
      {"command": "rm -rf /home/bo/.cache/thumbnails", "cause": "thumbnails", "class": "regenerated", "frees_bytes": 1052672, "most_bytes": 1052672, "bytes": 1052672, "idle_days": null, "idle_from": null, "again": null, "caution": null, "paths": ["/home/bo/.cache/thumbnails"], "omitted_paths": 0},
      {"command": "go clean -cache", "cause": "Go build cache", "class": "built", "frees_bytes": 2101248, "most_bytes": 2101248, "bytes": 2101248, "idle_days": null, "idle_from": null, "again": null, "caution": null, "paths": ["/home/bo/.cache/go-build"], "omitted_paths": 0}
  $ disktracker explain --now /home/bo | head -n 7
  what lies in /home/bo  #3 2025-11-13 02:13
  11.0 MiB = 3 causes 11.0 MiB, other 16.0 KiB
      size  cause           class        mostly in
   8.0 MiB  pip cache       downloaded   .cache/pip
   2.0 MiB  Go build cache  built        .cache/go-build
   1.0 MiB  thumbnails      regenerated  .cache/thumbnails
  16.0 KiB  other                        .  +3 more

What lies under a hash is told with the name people know it by, where that is written near it.

  $ cd ~; D=.local/share/docker; put $D/overlay2/c0ffee/diff/x 3M; put $D/overlay2/bada55/diff/y 2M
  $ say() { mkdir -p "$(dirname "$1")"; printf %s "$2" >"$1"; }
  $ say $D/image/overlay2/layerdb/mounts/0123/mount-id c0ffee; say $D/containers/0123/config.v2.json '{"ID":"0123","Name":"/web shop"}'
  $ say $D/image/overlay2/layerdb/sha256/77/cache-id bada55; say $D/image/overlay2/layerdb/sha256/77/diff sha256:d1ff
  $ say $D/image/overlay2/imagedb/content/sha256/1234 '{"rootfs":{"diff_ids":["sha256:d1ff"]}}'; say $D/image/overlay2/repositories.json '{"Repositories":{"debian":{"debian:13":"sha256:1234"}}}'
  $ S=.steam/steamapps; put $S/compatdata/400/pfx/save 1M; put $S/shadercache/400/x 1M; say $S/appmanifest_400.acf "$(printf '"AppState"\n{\n\t"appid"\t\t"400"\n\t"name"\t\t"A \033[31mGame"\n}')"
  $ put .ollama/models/blobs/sha256-abcd 2M; say .ollama/models/manifests/registry.ollama.ai/library/tiny/1b '{"layers":[{"digest":"sha256:abcd"}]}'
  $ mkdir -p .config/disktracker; printf 'cause Kubernetes pods\nclass service\npath ~/var/lib/kubelet/pods/*\n' >.config/disktracker/causes
  $ put var/lib/kubelet/pods/11-22/volumes/x 1M; mkdir -p var/log/pods/shop_web-0_11-22; put var/lib/kubelet/pods/33-44/x 1M
  $ disktracker scan ~ >/dev/null 2>&1; disktracker explain --now --json ~ | grep -oE '[^/"]*", "delta_bytes": [0-9]*, "is_dir": [a-z]*, "gone": false, "name": "[^"]*"' | sed 's/", "delta.*"name": "/ = /; s/"$//' | sort
  11-22 = shop/web-0
  400 = A \u001b[31mGame
  400 = A \u001b[31mGame
  bada55 = image debian:13
  c0ffee = container web shop
  models--org--small = org/small
  sha256-abcd = tiny:1b
  $ disktracker explain --now ~ | grep -E 'Hugging|Ollama|Steam' | sed 's/^ *[0-9.]* [KM]iB  *//; s/  */ /g'
  Hugging Face models downloaded .cache/huggingface/hub/models--org--small [org/small]
  Ollama models downloaded .ollama/models/blobs/sha256-abcd [tiny:1b] +1 more
   hf cache prune # Hugging Face models: only revisions that nothing refers to; hf cache rm removes a model

Where a person's caches and settings lie elsewhere, the rules go there, too.

  $ put else/c/pip/http-v2/a/b 2M; put else/c/other/x 1M; disktracker scan ~/else >/dev/null 2>&1
  $ XDG_CACHE_HOME=$HOME/else/c XDG_CONFIG_HOME=$HOME/else/s disktracker explain --now ~/else | sed -n 's/^ *[0-9.]* MiB  *//; /cache/p' | sed 's/  */ /g'
  pip cache downloaded c/pip
  other caches regenerated c/other
   pip cache purge # pip cache
