// Checks an exported log with golang.org/x/mod/sumdb, which shares no line with ours: the note's signature, the tree's
// hash from tiles, every record, inclusion, consistency with older heads, and proofs that the platform wrote.
//
// Reads one JSON object from standard input (see Asked), writes one (see Found); a failure is a line and exit code 1.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Asked names the exported folder, the log's verifier key, older heads and proofs with the entries they speak of.
type Asked struct {
	Dir, Vkey string
	Older     []struct {
		Size int64
		Root string
	}
	Proofs []struct{ Text, Entry string }
}

// Found counts what held.
type Found struct {
	Size                               int64
	Records, Inclusions, Older, Proofs int
}

const height = 8

type tiles struct{ dir string }

func (t tiles) Height() int                     { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(all []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(all))
	for i, tile := range all {
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.dir, path))
		if os.IsNotExist(err) && tile.W < 1<<height { // the full tile has the partial one at its beginning
			full := tile
			full.W = 1 << height
			path = strings.Replace(full.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
			if data, err = os.ReadFile(filepath.Join(t.dir, path)); err == nil {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

// head opens a signed checkpoint.
func head(text string, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open([]byte(text), note.VerifierList(verifier))
	must(err, "note")
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		must(fmt.Errorf("origin %s", lines[0]), "checkpoint")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "size")
	return tlog.Tree{N: size, Hash: hash(lines[2])}
}

func hash(text string) (found tlog.Hash) {
	raw, err := base64.StdEncoding.DecodeString(text)
	must(err, "hash")
	copy(found[:], raw)
	return found
}

// records reads every entry bundle.
func records(dir string, size int64) (found [][]byte) {
	for n := int64(0); n*256 < size; n++ {
		tile := tlog.Tile{H: height, L: 0, N: n, W: 256}
		if width := size - n*256; width < 256 {
			tile.W = int(width)
		}
		path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/0/", height), "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(dir, path))
		must(err, "bundle")
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	return found
}

func main() {
	var asked Asked
	must(json.NewDecoder(os.Stdin).Decode(&asked), "input")
	verifier, err := note.NewVerifier(asked.Vkey)
	must(err, "vkey")
	text, err := os.ReadFile(filepath.Join(asked.Dir, "checkpoint"))
	must(err, "checkpoint")
	tree := head(string(text), verifier)
	found := Found{Size: tree.N}
	reader := tlog.TileHashReader(tree, tiles{asked.Dir}) // refuses every tile that does not lead to the signed root
	root, err := tlog.TreeHash(tree.N, reader)
	must(err, "tree hash")
	if root != tree.Hash {
		must(fmt.Errorf("%v is not the signed root", root), "tree hash")
	}
	for index, record := range records(asked.Dir, tree.N) {
		leaf := tlog.RecordHash(record)
		proof, err := tlog.ProveRecord(tree.N, int64(index), reader)
		must(err, "prove record")
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), leaf), "check record")
		found.Records++
		found.Inclusions++
	}
	for _, older := range asked.Older {
		proof, err := tlog.ProveTree(tree.N, older.Size, reader)
		must(err, "prove tree")
		must(tlog.CheckTree(proof, tree.N, tree.Hash, older.Size, hash(older.Root)), "check tree")
		found.Older++
	}
	for _, given := range asked.Proofs {
		checkProof(given.Text, given.Entry, verifier)
		found.Proofs++
	}
	must(json.NewEncoder(os.Stdout).Encode(found), "output")
}

// checkProof reads a C2SP tlog-proof@v1 by itself and lets x/mod judge it.
func checkProof(text, entry string, verifier note.Verifier) {
	above, signed, cut := strings.Cut(text, "\n\n")
	lines := strings.Split(above, "\n")
	if !cut || lines[0] != "c2sp.org/tlog-proof@v1" {
		must(fmt.Errorf("not a tlog-proof"), "proof")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	must(err, "index")
	var path tlog.RecordProof
	for _, line := range lines[1:] {
		path = append(path, hash(line))
	}
	raw, err := hex.DecodeString(entry)
	must(err, "entry")
	tree := head(signed, verifier)
	must(tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(raw)), "proof")
}
