"""Backup and restore (备份与恢复): one encrypted file holds database, uploaded files, anchors, erasure ledger and keys.

`seal` is the encrypted container, `keys` where its key comes from, `contents` what goes in, `make` writes one,
`restore` brings one back, `record` remembers when backups were made, `state` says who uses the data folder now.
"""
