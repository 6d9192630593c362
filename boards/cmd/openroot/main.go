// Command openroot is the initrd's: it finds the board's disk, opens its root through
// dm-verity (package rootdisk) and prints the nodes of root and data, one a line. It
// exits 1 with the reason where there is nothing to start; the initrd restarts the board
// then.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"wattkiosk/boards/rootdisk"
	"wattkiosk/ota/verity"
)

// rootFile lies beside this program in the signed boot image.
const rootFile = "/root.json"

func main() {
	opened, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "initrd:", err)
		os.Exit(1)
	}
	fmt.Printf("/dev/%s\n/dev/%s\n", opened.Root, opened.Data)
}

func run() (rootdisk.Opened, error) {
	cmdline, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return rootdisk.Opened{}, err
	}
	asked, err := rootdisk.ReadAsked(string(cmdline))
	if err != nil {
		return rootdisk.Opened{}, err
	}
	var root verity.Root
	text, err := os.ReadFile(rootFile)
	if err == nil {
		err = json.Unmarshal(text, &root)
	}
	if err != nil {
		return rootdisk.Opened{}, fmt.Errorf("this boot image has no root: %w", err)
	}
	tree := rootdisk.Tree{Sys: "/sys", Dev: "/dev"}
	found, err := rootdisk.Finder{Tree: tree, Tries: 20, Pause: 200 * time.Millisecond}.Wait(asked)
	if err != nil {
		return rootdisk.Opened{}, err
	}
	if err := tree.Link(found); err != nil {
		return rootdisk.Opened{}, err
	}
	return open(tree, asked, root, found)
}

func open(tree rootdisk.Tree, asked rootdisk.Asked, root verity.Root, found map[string]rootdisk.Partition) (rootdisk.Opened, error) {
	part := found["root_"+string(asked.Slot)]
	state, err := os.OpenFile(filepath.Join(tree.Dev, found["state"].Node), os.O_RDWR, 0)
	if err != nil {
		return rootdisk.Opened{}, err
	}
	defer state.Close()
	disk, err := os.Open(filepath.Join(tree.Dev, part.Node))
	if err != nil {
		return rootdisk.Opened{}, err
	}
	defer disk.Close()
	if err := rootdisk.Judge(asked, root, state, disk); err != nil {
		return rootdisk.Opened{}, err
	}
	node, err := tree.Map(root, part)
	if err == nil {
		err = tree.Link(map[string]rootdisk.Partition{"root": {Node: node}})
	}
	return rootdisk.Opened{Root: node, Data: found["data"].Node}, err
}
