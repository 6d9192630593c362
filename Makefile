# Wattkiosk. "make help" lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export CGO_ENABLED := 0
export GOFLAGS := -buildvcs=false -trimpath

SEED ?= 1
RUNS ?= 2000
DAYS ?= 400
TIME ?= 20s
SECONDS := 60
ROUNDS ?= 200
CUTS ?= 30
GUESTS ?= 1
BOARD ?= qemuarm64
BOARD_ARCH := $(if $(filter qemuarm imx6,$(BOARD)),armv7,arm64)
VARIANT ?= slim
BUILD ?= $(shell git rev-list --count HEAD 2>/dev/null || echo 1)
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
MAINS := firmware/cmd/kioskd firmware/cmd/kioskctl firmware/cmd/kiosklab uplink/cmd/officed uplink/cmd/roadhost hal/cmd/halsmoke hal/cmd/vendorhost ota/cmd/otactl
BOARD_MAINS := boards/cmd/openroot firmware/cmd/wattkiosk firmware/cmd/kioskd firmware/cmd/kioskctl hal/cmd/halsmoke

# The groups of "make help"; a tidy test keeps every target in one of them.
HELP_GROUPS := \
	start_here=help,run,test,clean \
	edit_loop=check,unit,format,vet,lint,tidy,build,cases \
	long_tests=attack,sim,crash,power,mutants,measure,lab-test,arm-test,gpio-test,fuzz,bench,books-bench,month,roads,ota-bench,soap-peer \
	board=cross,image,image-test,screen-test,image-check,update-test,cut-test,flash-test,identity-test

.PHONY: help
help: ## list the targets
	@for group in $(HELP_GROUPS); do \
	  name=$${group%%=*}; printf '%s\n' "$${name//_/ }"; \
	  for t in $$(tr , ' ' <<<"$${group#*=}"); do \
	    sed -nE "s/^$$t:.*## (.*)/$$t\t\1/p" $(firstword $(MAKEFILE_LIST)) | sed 's/^/  /' | expand -t 16; done; done

.PHONY: build
build: ## build all commands for this machine into dist/
	@mkdir -p dist
	@for m in $(MAINS); do go build -ldflags '$(LDFLAGS)' -o dist/ ./$$m || exit 1; done

.PHONY: run
run: build ## a kiosk, its devices, head office and a simulated outside world; prints where to look
	@exec dist/kiosklab

.PHONY: cross
cross: ## kioskd, kioskctl, halsmoke (and wattkiosk, which is all three), vendorhost and officed for arm64 and armv7 into dist/
	@for m in $(BOARD_MAINS) uplink/cmd/officed; do \
	  GOOS=linux GOARCH=arm64 go build -ldflags '$(LDFLAGS)' -o dist/arm64/ ./$$m && \
	  GOOS=linux GOARCH=arm GOARM=7 go build -ldflags '$(LDFLAGS)' -o dist/armv7/ ./$$m || exit 1; done
	@GOOS=linux GOARCH=arm64 go build -ldflags '$(LDFLAGS)' -o dist/arm64/ ./hal/cmd/vendorhost
	@GOOS=linux GOARCH=arm GOARM=7 go build -ldflags '$(LDFLAGS) -I /lib/ld-linux-armhf.so.3' -o dist/armv7/ ./hal/cmd/vendorhost

.PHONY: check
check: format vet lint tidy unit ## the edit loop: format, vet, lint, tidy rules, unit tests

.PHONY: format
format: ## fail if a file is not formatted
	@go -C .ci/tools tool -n gofumpt >/dev/null
	@out=$$("$$(go -C .ci/tools tool -n gofumpt)" -l . 2>&1); if [ -n "$$out" ]; then echo "not formatted:"; echo "$$out"; exit 1; fi

.PHONY: vet
vet: ## go vet
	@go vet ./... ./.ci/tidy ./.ci/cases ./.ci/mutants ./.ci/measure

.PHONY: lint
lint: ## staticcheck
	@"$$(go -C .ci/tools tool -n staticcheck)" ./...

.PHONY: tidy
tidy: ## the rules of the tree (.ci/tidy), that the planted faults still fit it and compile, and that the tables of conformance cases are right
	@go test -count=1 ./.ci/tidy ./.ci/mutants
	@go run ./.ci/mutants --check --compile
	@go run ./.ci/cases --check

.PHONY: measure
measure: ## the largest types, functions and packages; OF=folder measures another checkout
	@go run ./.ci/measure $(or $(OF),.)

.PHONY: unit
unit: ## unit tests
	@go test -short ./...

.PHONY: cases
cases: ## the tables of conformance cases, in hal/README.md and payments/README.md
	@go run ./.ci/cases

.PHONY: soap-peer
soap-peer: ## call an independent web service, made from the WSDL of payments/cardsystem/soap (needs node and npm)
	@npm --prefix .ci/peers/soap install --ignore-scripts --no-audit --no-fund
	@SOAP_PEER=$(CURDIR)/.ci/peers/soap go test -count=1 -run TestIndependentServer ./payments/cardsystem/soap

.PHONY: mutants
mutants: ## plant small faults, one at a time: which does the simulation find, which the unit tests (an hour)
	@go run ./.ci/mutants --days $(DAYS)

.PHONY: sim
sim: ## whole-kiosk simulation: make sim SEED=1 RUNS=2000
	@go run ./firmware/kiosktest/cmd/kiosksim --seed $(SEED) --runs $(RUNS)

.PHONY: crash
crash: ## SIGKILL loop over real processes, bills and power, by notes, card and code: make crash ROUNDS=200 METER=library (or pcsc, crt571)
	@WATTKIOSK_CRASH_ROUNDS=$(ROUNDS) WATTKIOSK_CRASH_METER=$(METER) go test -count=1 -timeout 60m -run TestCrashLoop -v ./firmware/cmd/kiosklab

.PHONY: power
power: ## cuts the power of the journal, the books and every small file, and checks what is left: make power SECONDS=900 SEED=7
	@go run ./firmware/powertest/cmd/powerrig --seconds $(SECONDS) $(if $(filter command line,$(origin SEED)),--seed $(SEED))

.PHONY: lab-test
lab-test: ## the main job on real processes: brokers, databases, browser
	@go test -vet=off -count=1 -parallel 3 -timeout 30m -run 'TestLab|TestBrowser' -v ./firmware/cmd/kiosklab

# The domain without the acquirers, which no board links.
ON_BOARD = $$(go list ./payments/... | grep -v /acquirer)

.PHONY: arm-test
arm-test: ## the journal and the domain on 32-bit arm under qemu-user
	@WATTKIOSK_EMULATOR=qemu-arm-static GOOS=linux GOARCH=arm GOARM=7 go test -vet=off -short -exec qemu-arm-static ./firmware/journal/... ./firmware/kiosk $(ON_BOARD) ./uplink/outbox

.PHONY: gpio-test
gpio-test: ## hal/gpio on a real GPIO chip, in a small QEMU guest
	@kernel=$$(.ci/kernel) && WATTKIOSK_KERNEL=$$kernel go test -count=1 -v ./hal/cmd/gpioguest

.PHONY: attack
attack: ## every attack of .docs/threats.md, with what the attacker and the operator see; those on a board with IMAGES=dist/updates (of make update-test)
	@go run ./.ci/attack $(if $(IMAGES),--images $(IMAGES))

.PHONY: fuzz
fuzz: ## every fuzz target for TIME: make fuzz TIME=20s
	@.ci/fuzz $(TIME)

.PHONY: bench
bench: ## side-by-side figures: journal, drain, memory
	@.ci/bench

.PHONY: roads
roads: ## operations a second and their times by each road to the MIS and the card-meter system, and beside one that is slow
	@.ci/install
	@go test -run '^$$' -bench 'Road|BesideSlow' -benchtime 2000x ./uplink/cmd/roadhost

.PHONY: month
month: ## a month of 50 kiosks with planted differences through head office: SQLite, PostgreSQL, 30 kills each, two officed racing
	@.ci/install
	@WATTKIOSK_MONTH=1 go test -count=1 -timeout 120m -run TestMonthOfAnOffice -v ./uplink/cmd/officed

.PHONY: books-bench
books-bench: ## matches books against DuckDB and PostgreSQL (needs node and npm): make books-bench PAYMENTS=5000000 ROUNDS=2
	@PAYMENTS=$(or $(PAYMENTS),5000000) ROUNDS=$(if $(filter command line,$(origin ROUNDS)),$(ROUNDS),2) .ci/booksbench

.PHONY: ota-bench
ota-bench: ## updates of the root file system against xdelta3, zstd --patch-from and casync (an hour, 5 GB)
	@.ci/otabench

.PHONY: test
test: ## install what the tests need, then every test
	@.ci/install
	@$(MAKE) --no-print-directory format vet lint tidy
	@go test -vet=off -p 3 -timeout 15m $$(go list ./... | grep -v /cmd/kiosklab) # vetted above; some wait more than they work
	@$(MAKE) --no-print-directory -j2 --output-sync=target sim power RUNS=300
	@$(MAKE) --no-print-directory -j2 --output-sync=line lab-test arm-test gpio-test crash ROUNDS=20 # the labs wait more than they work
	@$(MAKE) --no-print-directory image-test ROUNDS=3

.PHONY: image
image: cross ## a board's disk image, and the same packed, into dist/image-BOARD: make image BOARD=qemuarm64 VARIANT=slim KEYS=folder; without KEYS it is for tests
	@.ci/install
	@go run ./boards/cmd/mkimage --board $(BOARD) --variant $(VARIANT) --version $(VERSION) --build $(BUILD) --programs dist/$(BOARD_ARCH) $(if $(KEYS),--keys $(KEYS),--lab) --pack --out dist/image-$(BOARD)

.PHONY: image-test
image-test: cross ## boots the image under QEMU, pays in it, and kills it in mid-payment: make image-test BOARD=qemuarm ROUNDS=3 GUESTS=2
	@.ci/install
	@go run ./boards/cmd/mkimage --board $(BOARD) --version $(VERSION) --build $(BUILD) --programs dist/$(BOARD_ARCH) --lab --extra boards/image/lab --out dist/image-test
	@WATTKIOSK_CRASH_ROUNDS=$(ROUNDS) WATTKIOSK_IMAGE=$(CURDIR)/dist/image-test go test -count=1 -parallel $(GUESTS) -timeout 180m -run TestImage -v ./firmware/cmd/kiosklab

.PHONY: screen-test
screen-test: cross ## boots the image with a screen under QEMU and keeps a picture of its page in dist/screen.png
	@.ci/install
	@go run ./boards/cmd/mkimage --variant screen --version $(VERSION) --build $(BUILD) --programs dist/arm64 --lab --extra boards/image/lab --out dist/image-screen
	@WATTKIOSK_PICTURE=$(CURDIR)/dist/screen.png WATTKIOSK_IMAGE=$(CURDIR)/dist/image-screen go test -count=1 -timeout 30m -run TestImageScreen -v ./firmware/cmd/kiosklab

.PHONY: image-check
image-check: cross ## builds the images of the boards that cannot be run here, each twice, and takes them apart
	@.ci/install
	@for b in rpicm4 rk3568; do go run ./boards/cmd/mkimage --board $$b --lab --check --programs dist/arm64 --out dist/image-$$b || exit 1; done
	@go run ./boards/cmd/mkimage --board imx6 --lab --check --programs dist/armv7 --out dist/image-imx6
	@WATTKIOSK_IMAGES=$(CURDIR)/dist/image-rpicm4:$(CURDIR)/dist/image-rk3568:$(CURDIR)/dist/image-imx6 go test -count=1 -v ./boards/image

.PHONY: update-test
update-test: cross ## updates the image under QEMU to good and bad versions, by head office and by a stick; HANG=1 adds one that hangs
	@.ci/install
	@.ci/bundles dist/updates
	@WATTKIOSK_UPDATES=$(CURDIR)/dist/updates WATTKIOSK_IMAGE=$(CURDIR)/dist/updates/v1 go test -count=1 -timeout 120m -run 'TestImageUpdate|TestImageStick|TestImageRollout' -v ./firmware/cmd/kiosklab

.PHONY: flash-test
flash-test: cross ## flashes a blank disk from a signed bundle and boots it under QEMU: it enrols itself and takes a payment
	@.ci/install
	@go run ./boards/cmd/mkimage --board $(BOARD) --version $(VERSION) --build $(BUILD) --programs dist/$(BOARD_ARCH) --lab --extra boards/image/lab --out dist/image-test
	@WATTKIOSK_IMAGE=$(CURDIR)/dist/image-test go test -count=1 -timeout 40m -run TestImageFlash -v ./firmware/cmd/kiosklab

.PHONY: identity-test
identity-test: cross ## boots the image under QEMU with a TPM, then its data with another one; renews its certificate, and a lab's, also after a hundred days without power
	@.ci/install
	@rm -rf dist/lab && cp -a boards/image/lab dist/lab && cp -a boards/image/labtpm/. dist/lab/
	@GOOS=linux GOARCH=$(patsubst armv7,arm,$(BOARD_ARCH)) GOARM=7 go build -o dist/lab/usr/libexec/guesttpm ./firmware/cmd/guesttpm
	@go run ./boards/cmd/mkimage --board $(BOARD) --version $(VERSION) --build $(BUILD) --programs dist/$(BOARD_ARCH) --lab --extra dist/lab --out dist/image-identity
	@go test -count=1 -timeout 10m -run TestRenewalOfALab -v ./firmware/cmd/kiosklab
	@WATTKIOSK_IMAGE=$(CURDIR)/dist/image-identity go test -count=1 -timeout 40m -run TestBoard -v ./firmware/cmd/kiosklab

.PHONY: cut-test
cut-test: cross ## cuts the power at every write of an update; CUTS disks beside those around the boot state are booted
	@.ci/install
	@.ci/bundles dist/updates good
	@WATTKIOSK_CUTS=$(CUTS) WATTKIOSK_UPDATES=$(CURDIR)/dist/updates WATTKIOSK_IMAGE=$(CURDIR)/dist/updates/v1 go test -count=1 -timeout 180m -run TestImageCuts -v ./firmware/cmd/kiosklab

.PHONY: clean
clean: ## remove what the targets made
	@rm -rf dist .lab .cache
