package image

import (
	"slices"
	"strings"
	"testing"
)

func TestOneLine(t *testing.T) {
	const script = "# a comment\nsetenv a 1; setenv b\n\nif test ${a} = 1; then\n\techo yes # no comment here\n\tfor n in 1 2; do\n\t\tbootm ${x}#kiosk\n\tdone\nelse\n\treset\nfi\n"
	const want = "setenv a 1; setenv b; if test ${a} = 1; then echo yes # no comment here; for n in 1 2; do bootm ${x}#kiosk; done; else reset; fi"
	if got := oneLine(script); got != want {
		t.Errorf("%q", got)
	}
}

// TestUBootOfRealBoards: the configuration and the environment that a board's U-Boot is built
// with leave nothing to what lies on a disk but which slot is started. It reads the words, as
// no such U-Boot is built here.
func TestUBootOfRealBoards(t *testing.T) {
	want := []string{
		"CONFIG_FIT_SIGNATURE=y", "CONFIG_RSA=y", "# CONFIG_LEGACY_IMAGE_FORMAT is not set", "# CONFIG_CMD_SOURCE is not set", "# CONFIG_CMD_BOOTEFI is not set",
		"CONFIG_ENV_IS_NOWHERE=y", "# CONFIG_ENV_IS_IN_MMC is not set", "# CONFIG_ENV_IS_IN_FAT is not set", "# CONFIG_ENV_IS_IN_EXT4 is not set",
		"CONFIG_USE_DEFAULT_ENV_FILE=y", `CONFIG_DEFAULT_ENV_FILE="wattkiosk.env"`, "# CONFIG_DISTRO_DEFAULTS is not set", "# CONFIG_BOOTSTD is not set",
		"CONFIG_BOOTDELAY=-2", "# CONFIG_AUTOBOOT_KEYED is not set", "# CONFIG_CMD_NET is not set", "# CONFIG_CMD_USB_MASS_STORAGE is not set", "# CONFIG_CMD_FASTBOOT is not set",
		"# CONFIG_OF_BOARD is not set",
	}
	of := map[string]string{"setexpr": "CONFIG_CMD_SETEXPR=y", "itest": "CONFIG_CMD_ITEST=y", "part": "CONFIG_CMD_PART=y", "env import": "CONFIG_CMD_IMPORTENV=y", "env export": "CONFIG_CMD_EXPORTENV=y"}
	for name, tt := range targets() {
		b := &builder{Recipe: Recipe{Board: name}, target: tt}
		text, err := b.bootText()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(lines) != 4 || lines[0] != "bootdelay=-2" || !strings.HasPrefix(lines[3], "bootcmd=") || strings.ContainsAny(text, "@\\") || strings.Contains(text, "source") {
			t.Errorf("%s: its environment is\n%s", name, text)
		}
		config, err := b.bootConfig()
		if err != nil {
			t.Fatal(err)
		}
		if tt.tested {
			if config != "" {
				t.Errorf("%s comes with QEMU and has a configuration", name)
			}
			continue
		}
		all := slices.Clone(want)
		for word, option := range of {
			if strings.Contains(text, word+" ") {
				all = append(all, option)
			}
		}
		if tt.packing() == "lz4" {
			all = append(all, "CONFIG_LZ4=y")
		}
		said := strings.Split(config, "\n")
		for _, line := range all {
			if !slices.Contains(said, line) {
				t.Errorf("%s: its U-Boot is not built with %q", name, line)
			}
		}
		seen := map[string]bool{}
		for _, line := range said {
			option := strings.TrimSuffix(strings.TrimPrefix(line, "# "), " is not set")
			option, _, _ = strings.Cut(option, "=")
			if strings.HasPrefix(option, "CONFIG_") && !strings.Contains(option, " ") {
				if seen[option] {
					t.Errorf("%s: %s is said twice", name, option)
				}
				seen[option] = true
			}
		}
	}
}
