// Command mkimage builds the disk image of a board (package image) and says where
// it is and how large its parts are. With --check it builds it twice and compares the
// bytes. It exits 1 with the reason if it cannot.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"

	"wattkiosk/boards/image"
)

func main() {
	var r image.Recipe
	flag.StringVar(&r.Board, "board", "qemuarm64", "board")
	variant := flag.String("variant", "slim", "slim or screen")
	flag.StringVar(&r.Version, "version", "dev", "version for people")
	flag.Uint64Var(&r.Build, "build", 1, "build number, for comparison")
	flag.StringVar(&r.Programs, "programs", "dist/arm64", "folder of the board's programs")
	flag.StringVar(&r.Keys, "keys", ".cache/keys", "folder of fit.key and fit.crt; made if absent with --lab")
	flag.StringVar(&r.Roots, "roots", "", "folder of root*.pub for updates")
	flag.StringVar(&r.Cache, "cache", ".cache/image", "folder kept between builds")
	flag.StringVar(&r.Out, "out", "dist/image", "folder of the results")
	flag.StringVar(&r.Console, "console-hash", "", "with --lab: crypt hash of one console password for all boards of this image; otactl flash gives each board its own")
	flag.BoolVar(&r.Lab, "lab", false, "an image for tests, which is marked so: it may have a key that is made here, and files laid over it")
	flag.StringVar(&r.Extra, "extra", "", "folder laid over the root, with --lab")
	flag.BoolVar(&r.Pack, "pack", false, "also make the compressed disk, which takes minutes")
	check := flag.Bool("check", false, "build twice, and fail unless the bytes are the same")
	flag.Parse()
	r.Variant = image.Variant(*variant)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, r, *check); err != nil {
		fmt.Fprintln(os.Stderr, "mkimage:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, r image.Recipe, check bool) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	res, err := image.Build(ctx, r, log)
	if err != nil {
		return err
	}
	parts := []string{res.Disk, res.Boot, res.Root, res.SBOM}
	if res.Packed != "" {
		parts = append(parts, res.Packed)
	}
	for _, part := range parts {
		st, err := os.Stat(res.Path(part))
		if err != nil {
			return err
		}
		fmt.Printf("%-40s %7.1f MB\n", res.Path(part), float64(st.Size())/1e6)
	}
	if !check {
		return nil
	}
	r.Out = filepath.Join(r.Out, "again")
	again, err := image.Build(ctx, r, log)
	if err != nil {
		return err
	}
	if err := image.Same(res, again); err != nil {
		return err
	}
	fmt.Println("a second build has the same bytes")
	return os.RemoveAll(r.Out)
}
