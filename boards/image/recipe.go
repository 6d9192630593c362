package image

import (
	"fmt"
	"time"
)

// Variant is what the image is for.
type Variant string

// Variants.
const (
	Slim   Variant = "slim"   // no screen on the board: tests, and boards that are served from elsewhere
	Screen Variant = "screen" // cage and a WPE browser show kioskd's page
)

// Recipe is everything that decides an image's bytes beside the packages.
type Recipe struct {
	Board    string // a name that Find knows
	Variant  Variant
	Version  string // for people
	Build    uint64 // for comparison between updates
	Programs string // folder of wattkiosk and vendorhost for the board
	Keys     string // folder of fit.key and fit.crt; made if absent, for a lab
	Roots    string // folder of root*.pub, the update keys' roots; may be empty
	Cache    string // folder that survives between builds
	Out      string // folder of the results
	Console  string // crypt(3) hash of one password for the serial consoles of all boards of the image, for a lab; "" = each board's own
	Extra    string // folder whose files are laid over the root, for a lab; may be empty
	Lab      bool   // an image for tests, which says so and which otactl bundles only when told
	Pack     bool   // also make the compressed disk, which takes minutes
}

// epoch is the time stamp of every file in an image.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// target is what differs between boards.
type target struct {
	debian  string   // Debian's name of the architecture
	goarch  string   // Go's
	kernel  string   // package
	fitArch string   // mkimage's
	load    string   // address of the kernel
	high    string   // address below which a 32-bit kernel reaches device tree and initrd; "" = anywhere
	console string   // kernel parameter
	modules []string // loaded by the initrd, in order, or kept for udev to load
	uboot   string   // U-Boot for QEMU; "" = the board has its own, see its README
	tested  bool     // boots under QEMU
}

func targets() map[string]target {
	virt := []string{
		"dm_verity", "sha2_ce", "sha256_arm64", "sha2_arm_ce", "sha256_arm", "virtio_pci", "virtio_blk", "squashfs", "ext4", "crc32c_generic", "i6300esb",
		"virtio_net", "virtio_rng", "usb-storage", "uas", "sd_mod", "xhci-pci", "vfat", "exfat", "nls_cp437", "nls_ascii", "nls_utf8", "overlay",
		"nf_tables", "nft_ct", "nft_reject_inet",
	}
	real64 := append([]string{
		"sdhci-iproc", "sdhci-of-dwcmshc", "dw_mmc-rockchip", "mmc_block", "genet", "dwmac-rk", "bcm2835_wdt", "dw_wdt",
		"cp210x", "ftdi_sio", "pl2303", "ch341", "i2c-dev", "spi-bcm2835", "i2c-bcm2835", "uvcvideo", "snd-usb-audio",
		"dwc2", "dwc3", "dwc3-of-simple", "xhci-plat-hcd", "phy-rockchip-inno-usb2", "phy-rockchip-naneng-combphy", "broadcom", "mdio-bcm-unimac", "realtek",
		"rk808-regulator", "fan53555", "rtc-rk808", "rtc-pcf85063", "rtc-ds1307", "tpm_tis_spi", "spi-rockchip",
	}, virt...)
	real32 := append([]string{
		"sdhci-esdhc-imx", "mmc_block", "fec", "imx2_wdt", "cp210x", "ftdi_sio", "pl2303", "ch341", "i2c-dev", "i2c-imx", "uvcvideo", "snd-usb-audio",
		"ci_hdrc_imx", "phy-mxs-usb", "usbmisc_imx", "micrel", "at803x", "pfuze100-regulator", "rtc-snvs", "rtc-pcf85063", "rtc-ds1307", "tpm_tis_spi", "spi-imx",
	}, virt...)
	guest := append([]string{"virtio_console", "tpm_vtpm_proxy"}, virt...) // a TPM that the tests give the machine
	return map[string]target{
		"qemuarm64": {
			debian: "arm64", goarch: "arm64", kernel: "linux-image-arm64", fitArch: "arm64", load: "0x40400000",
			console: "ttyAMA0", modules: guest, uboot: "/usr/lib/u-boot/qemu_arm64/u-boot.bin", tested: true,
		},
		"qemuarm": {
			debian: "armhf", goarch: "arm", kernel: "linux-image-armmp-lpae", fitArch: "arm", load: "0x40408000", high: "0x60000000",
			console: "ttyAMA0", modules: guest, uboot: "/usr/lib/u-boot/qemu_arm/u-boot.bin", tested: true,
		},
		"rpicm4": {
			debian: "arm64", goarch: "arm64", kernel: "linux-image-arm64", fitArch: "arm64", load: "0x00200000",
			console: "ttyS0,115200", modules: real64,
		},
		"rk3568": {
			debian: "arm64", goarch: "arm64", kernel: "linux-image-arm64", fitArch: "arm64", load: "0x02080000",
			console: "ttyS2,1500000", modules: real64,
		},
		"imx6": {
			debian: "armhf", goarch: "arm", kernel: "linux-image-armmp", fitArch: "arm", load: "0x12008000", high: "0x30000000",
			console: "ttymxc0,115200", modules: real32,
		},
	}
}

func find(board string) (target, error) {
	t, ok := targets()[board]
	if !ok {
		return target{}, fmt.Errorf("no image recipe for board %q", board)
	}
	return t, nil
}

// screenModules drive the screen and the touch panel: QEMU's, and those of the
// boards' makers.
var screenModules = []string{
	"virtio-gpu", "virtio_input", "evdev", "usbhid", "hid-generic", "hid-multitouch", "goodix_ts", "edt-ft5x06",
	"vc4", "v3d", "rockchipdrm", "panfrost", "imxdrm", "imx-ldb", "dw_hdmi-imx", "etnaviv", "panel-simple", "pwm_bl",
}

// packages of every image, and those of the screen.
func packages(v Variant) []string {
	p := []string{
		"base-files", "busybox-static", "ca-certificates", "e2fsprogs", "kmod", "libc6", "libccid", "libpam-modules", "login", "mount", "nftables", "pcscd",
		"systemd", "systemd-resolved", "systemd-sysv", "systemd-timesyncd", "tzdata", "udev", "util-linux", "alsa-utils", "v4l-utils",
	}
	if v == Screen {
		p = append(p, "cage", "cog", "fonts-wqy-microhei", "libgl1-mesa-dri", "libwpebackend-fdo-1.0-1", "seatd")
	}
	return p
}
