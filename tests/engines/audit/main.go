// Opens checkpoints of an audit log with Go's own note and tlog packages, and holds the log against them.
//
// audit LOG KEY CHECKPOINT...: prints "origin size root" for each, or says what is wrong and exits 1.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := verify(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, "wrong:", err)
		os.Exit(1)
	}
}

func verify(log, key string, checkpoints []string) error {
	raw, err := os.ReadFile(log)
	if err != nil {
		return err
	}
	lines := bytes.Split(raw, []byte("\n"))
	lines = lines[:len(lines)-1]
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	for _, path := range checkpoints {
		signed, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		opened, err := note.Open(signed, note.VerifierList(verifier))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		text := strings.Split(opened.Text, "\n")
		if len(text) != 4 || text[3] != "" || text[0] != verifier.Name() {
			return fmt.Errorf("%s: not a checkpoint of this log", path)
		}
		var size int64
		if _, err := fmt.Sscanf(text[1], "%d", &size); err != nil {
			return err
		}
		if size > int64(len(lines)) {
			return fmt.Errorf("%s: %d entries, and a checkpoint of %d", path, len(lines), size)
		}
		root, err := rootOf(lines[:size])
		if err != nil {
			return err
		}
		if root.String() != text[2] {
			return fmt.Errorf("%s: the first %d entries are not those of the checkpoint", path, size)
		}
		fmt.Println(text[0], size, root)
	}
	return nil
}

// rootOf stores every line as a record, as a log server would, and returns the hash of the tree.
func rootOf(lines [][]byte) (tlog.Hash, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for place, index := range indexes {
			found[place] = stored[index]
		}
		return found, nil
	})
	for number, line := range lines {
		hashes, err := tlog.StoredHashes(int64(number), line, reader)
		if err != nil {
			return tlog.Hash{}, err
		}
		stored = append(stored, hashes...)
	}
	if len(lines) == 0 { // tlog's hash of no record is all zero, that of RFC 6962 is SHA-256 of nothing
		return tlog.Hash(sha256.Sum256(nil)), nil
	}
	return tlog.TreeHash(int64(len(lines)), reader)
}
