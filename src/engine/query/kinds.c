/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/query/kinds.h"

#include <assert.h>
#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/i18n.h"

/* Padded with zeros to two words: read as numbers, the first byte being the highest, they sort as the bytes do. */
struct known_extension {
	char extension[EXTENSION_BYTES - 1];
	uint8_t kind; /* enum file_kind */
};

static_assert(sizeof(struct known_extension) == EXTENSION_BYTES, "two words, the kind in the last byte");

/* Sorted by the bytes of the extension.  One that stands for several things is what most files with it are. */
/* clang-format off */
static const struct known_extension known[] = {
	{"3g2", KIND_VIDEO}, {"3gp", KIND_VIDEO}, {"7z", KIND_ARCHIVE}, {"8svx", KIND_AUDIO}, {"a", KIND_CODE},
	{"aab", KIND_PACKAGE}, {"aac", KIND_AUDIO}, {"aar", KIND_CODE}, {"abw", KIND_DOCUMENT}, {"ac3", KIND_AUDIO},
	{"accdb", KIND_DATABASE}, {"ace", KIND_ARCHIVE}, {"ada", KIND_CODE}, {"adb", KIND_CODE},
	{"adoc", KIND_DOCUMENT}, {"ads", KIND_CODE}, {"afdesign", KIND_IMAGE}, {"aff", KIND_DISK},
	{"afm", KIND_DOCUMENT}, {"afphoto", KIND_IMAGE}, {"ai", KIND_IMAGE}, {"aif", KIND_AUDIO},
	{"aifc", KIND_AUDIO}, {"aiff", KIND_AUDIO}, {"alz", KIND_ARCHIVE}, {"amr", KIND_AUDIO},
	{"aof", KIND_DATABASE}, {"ape", KIND_AUDIO}, {"apk", KIND_PACKAGE}, {"appimage", KIND_PACKAGE},
	{"appx", KIND_PACKAGE}, {"appxbundle", KIND_PACKAGE}, {"ar", KIND_ARCHIVE}, {"arc", KIND_ARCHIVE},
	{"arj", KIND_ARCHIVE}, {"arrow", KIND_DATABASE}, {"arw", KIND_IMAGE}, {"asar", KIND_ARCHIVE},
	{"asc", KIND_DOCUMENT}, {"asf", KIND_VIDEO}, {"asm", KIND_CODE}, {"ass", KIND_DOCUMENT},
	{"astro", KIND_CODE}, {"au", KIND_AUDIO}, {"audit", KIND_LOG}, {"avi", KIND_VIDEO}, {"avif", KIND_IMAGE},
	{"avro", KIND_DATABASE}, {"awk", KIND_CODE}, {"azw", KIND_DOCUMENT}, {"azw3", KIND_DOCUMENT},
	{"b1", KIND_ARCHIVE}, {"backup", KIND_ARCHIVE}, {"bak", KIND_ARCHIVE}, {"bash", KIND_CODE},
	{"bat", KIND_CODE}, {"bazel", KIND_CODE}, {"bc", KIND_CODE}, {"bdb", KIND_DATABASE}, {"bdf", KIND_DOCUMENT},
	{"beam", KIND_CODE}, {"bib", KIND_DOCUMENT}, {"blend", KIND_IMAGE}, {"bmp", KIND_IMAGE},
	{"borg", KIND_ARCHIVE}, {"br", KIND_ARCHIVE}, {"braw", KIND_VIDEO}, {"bundle", KIND_CODE},
	{"bz2", KIND_ARCHIVE}, {"bz3", KIND_ARCHIVE}, {"bzl", KIND_CODE}, {"c", KIND_CODE}, {"cab", KIND_ARCHIVE},
	{"cabal", KIND_CODE}, {"caf", KIND_AUDIO}, {"cb7", KIND_ARCHIVE}, {"cbr", KIND_ARCHIVE},
	{"cbt", KIND_ARCHIVE}, {"cbz", KIND_ARCHIVE}, {"cc", KIND_CODE}, {"ccd", KIND_DISK}, {"cdb", KIND_DATABASE},
	{"cdi", KIND_DISK}, {"cdr", KIND_IMAGE}, {"cfg", KIND_CODE}, {"chm", KIND_DOCUMENT}, {"cjs", KIND_CODE},
	{"ckpt", KIND_DATABASE}, {"class", KIND_CODE}, {"clj", KIND_CODE}, {"cljs", KIND_CODE}, {"cmake", KIND_CODE},
	{"cmd", KIND_CODE}, {"cmi", KIND_CODE}, {"cmo", KIND_CODE}, {"cmx", KIND_CODE}, {"cmxa", KIND_CODE},
	{"cob", KIND_CODE}, {"coffee", KIND_CODE}, {"conda", KIND_PACKAGE}, {"conf", KIND_CODE},
	{"couch", KIND_DATABASE}, {"cpio", KIND_ARCHIVE}, {"cpp", KIND_CODE}, {"cpt", KIND_ARCHIVE},
	{"cr", KIND_CODE}, {"cr2", KIND_IMAGE}, {"cr3", KIND_IMAGE}, {"crate", KIND_PACKAGE}, {"crw", KIND_IMAGE},
	{"crx", KIND_PACKAGE}, {"cs", KIND_CODE}, {"csh", KIND_CODE}, {"cso", KIND_DISK}, {"cson", KIND_CODE},
	{"csproj", KIND_CODE}, {"css", KIND_CODE}, {"csv", KIND_DOCUMENT}, {"cts", KIND_CODE}, {"cu", KIND_CODE},
	{"cue", KIND_DISK}, {"cuh", KIND_CODE}, {"cur", KIND_IMAGE}, {"cxx", KIND_CODE}, {"d", KIND_CODE},
	{"daa", KIND_DISK}, {"dar", KIND_ARCHIVE}, {"dart", KIND_CODE}, {"db", KIND_DATABASE},
	{"db3", KIND_DATABASE}, {"dbf", KIND_DATABASE}, {"dbm", KIND_DATABASE}, {"dbx", KIND_DATABASE},
	{"dcm", KIND_IMAGE}, {"dcr", KIND_IMAGE}, {"ddeb", KIND_PACKAGE}, {"dds", KIND_IMAGE}, {"deb", KIND_PACKAGE},
	{"def", KIND_CODE}, {"desktop", KIND_CODE}, {"dex", KIND_CODE}, {"dff", KIND_AUDIO}, {"dib", KIND_IMAGE},
	{"diff", KIND_CODE}, {"divx", KIND_VIDEO}, {"djv", KIND_IMAGE}, {"djvu", KIND_DOCUMENT}, {"dll", KIND_CODE},
	{"dmg", KIND_DISK}, {"dng", KIND_IMAGE}, {"doc", KIND_DOCUMENT}, {"docm", KIND_DOCUMENT},
	{"docx", KIND_DOCUMENT}, {"dot", KIND_DOCUMENT}, {"dotm", KIND_DOCUMENT}, {"dotx", KIND_DOCUMENT},
	{"drpm", KIND_PACKAGE}, {"drw", KIND_IMAGE}, {"dsf", KIND_AUDIO}, {"dsk", KIND_DISK}, {"dtd", KIND_CODE},
	{"dts", KIND_AUDIO}, {"duckdb", KIND_DATABASE}, {"dump", KIND_ARCHIVE}, {"dvi", KIND_DOCUMENT},
	{"dylib", KIND_CODE}, {"e01", KIND_DISK}, {"eac3", KIND_AUDIO}, {"ear", KIND_CODE}, {"ebuild", KIND_CODE},
	{"egg", KIND_ARCHIVE}, {"ejs", KIND_CODE}, {"el", KIND_CODE}, {"elc", KIND_CODE}, {"elf", KIND_CODE},
	{"elm", KIND_CODE}, {"emf", KIND_IMAGE}, {"eml", KIND_DOCUMENT}, {"emlx", KIND_DOCUMENT},
	{"eopkg", KIND_PACKAGE}, {"eot", KIND_DOCUMENT}, {"eps", KIND_IMAGE}, {"epub", KIND_DOCUMENT},
	{"erb", KIND_CODE}, {"erf", KIND_IMAGE}, {"erl", KIND_CODE}, {"err", KIND_LOG}, {"etl", KIND_LOG},
	{"evtx", KIND_LOG}, {"ex", KIND_CODE}, {"exe", KIND_CODE}, {"exr", KIND_IMAGE}, {"exs", KIND_CODE},
	{"f", KIND_CODE}, {"f03", KIND_CODE}, {"f08", KIND_CODE}, {"f4v", KIND_VIDEO}, {"f77", KIND_CODE},
	{"f90", KIND_CODE}, {"f95", KIND_CODE}, {"fasl", KIND_CODE}, {"fb2", KIND_DOCUMENT}, {"fdb", KIND_DATABASE},
	{"fdd", KIND_DISK}, {"feather", KIND_DATABASE}, {"fig", KIND_IMAGE}, {"fish", KIND_CODE},
	{"fit", KIND_IMAGE}, {"fits", KIND_IMAGE}, {"flac", KIND_AUDIO}, {"flatpak", KIND_PACKAGE},
	{"flatpakref", KIND_PACKAGE}, {"flv", KIND_VIDEO}, {"fodp", KIND_DOCUMENT}, {"fods", KIND_DOCUMENT},
	{"fodt", KIND_DOCUMENT}, {"for", KIND_CODE}, {"frag", KIND_CODE}, {"frm", KIND_DATABASE}, {"fs", KIND_CODE},
	{"fsi", KIND_CODE}, {"fsx", KIND_CODE}, {"gcda", KIND_CODE}, {"gcno", KIND_CODE}, {"gd", KIND_CODE},
	{"gdoc", KIND_DOCUMENT}, {"gem", KIND_PACKAGE}, {"ggml", KIND_DATABASE}, {"gguf", KIND_DATABASE},
	{"gif", KIND_IMAGE}, {"glsl", KIND_CODE}, {"gnumeric", KIND_DOCUMENT}, {"go", KIND_CODE},
	{"gohtml", KIND_CODE}, {"gpkg", KIND_DATABASE}, {"gradle", KIND_CODE}, {"groovy", KIND_CODE},
	{"gsheet", KIND_DOCUMENT}, {"gsm", KIND_AUDIO}, {"gyp", KIND_CODE}, {"gypi", KIND_CODE},
	{"gz", KIND_ARCHIVE}, {"h", KIND_CODE}, {"h264", KIND_VIDEO}, {"h265", KIND_VIDEO}, {"h5", KIND_DATABASE},
	{"haml", KIND_CODE}, {"hap", KIND_PACKAGE}, {"har", KIND_LOG}, {"hbs", KIND_CODE}, {"hcl", KIND_CODE},
	{"hdd", KIND_DISK}, {"hdf", KIND_DATABASE}, {"hdf5", KIND_DATABASE}, {"hdr", KIND_IMAGE}, {"hds", KIND_DISK},
	{"heic", KIND_IMAGE}, {"heif", KIND_IMAGE}, {"hevc", KIND_VIDEO}, {"hh", KIND_CODE}, {"hi", KIND_CODE},
	{"hpp", KIND_CODE}, {"hrl", KIND_CODE}, {"hs", KIND_CODE}, {"htm", KIND_DOCUMENT}, {"html", KIND_DOCUMENT},
	{"html5", KIND_CODE}, {"hxx", KIND_CODE}, {"i", KIND_CODE}, {"ibd", KIND_DATABASE},
	{"ibdata", KIND_DATABASE}, {"icns", KIND_IMAGE}, {"ico", KIND_IMAGE}, {"ics", KIND_DOCUMENT},
	{"idl", KIND_CODE}, {"idx", KIND_CODE}, {"ii", KIND_CODE}, {"ima", KIND_DISK}, {"img", KIND_DISK},
	{"inc", KIND_CODE}, {"info", KIND_DOCUMENT}, {"ini", KIND_CODE}, {"inl", KIND_CODE}, {"ino", KIND_CODE},
	{"insv", KIND_VIDEO}, {"ipa", KIND_PACKAGE}, {"ipk", KIND_PACKAGE}, {"ipp", KIND_CODE}, {"ipynb", KIND_CODE},
	{"iso", KIND_DISK}, {"isz", KIND_DISK}, {"it", KIND_AUDIO}, {"ivf", KIND_VIDEO}, {"j", KIND_CODE},
	{"j2k", KIND_IMAGE}, {"jar", KIND_CODE}, {"java", KIND_CODE}, {"jfif", KIND_IMAGE}, {"jinja", KIND_CODE},
	{"jinja2", KIND_CODE}, {"jl", KIND_CODE}, {"journal", KIND_LOG}, {"jp2", KIND_IMAGE}, {"jpe", KIND_IMAGE},
	{"jpeg", KIND_IMAGE}, {"jpf", KIND_IMAGE}, {"jpg", KIND_IMAGE}, {"jpx", KIND_IMAGE}, {"js", KIND_CODE},
	{"json", KIND_CODE}, {"json5", KIND_CODE}, {"jsonc", KIND_CODE}, {"jsonl", KIND_CODE}, {"jsp", KIND_CODE},
	{"jsx", KIND_CODE}, {"jxl", KIND_IMAGE}, {"kdbx", KIND_DATABASE}, {"kdc", KIND_IMAGE},
	{"key", KIND_DOCUMENT}, {"keynote", KIND_DOCUMENT}, {"kgb", KIND_ARCHIVE}, {"ko", KIND_CODE},
	{"kra", KIND_IMAGE}, {"kt", KIND_CODE}, {"kts", KIND_CODE}, {"ktx", KIND_IMAGE}, {"ktx2", KIND_IMAGE},
	{"la", KIND_CODE}, {"latex", KIND_DOCUMENT}, {"ldb", KIND_DATABASE}, {"ldf", KIND_DATABASE},
	{"lds", KIND_CODE}, {"less", KIND_CODE}, {"leveldb", KIND_DATABASE}, {"lha", KIND_ARCHIVE},
	{"lib", KIND_CODE}, {"lisp", KIND_CODE}, {"lit", KIND_DOCUMENT}, {"ll", KIND_CODE}, {"lmdb", KIND_DATABASE},
	{"lo", KIND_CODE}, {"lock", KIND_CODE}, {"log", KIND_LOG}, {"lrv", KIND_VIDEO}, {"lrz", KIND_ARCHIVE},
	{"lua", KIND_CODE}, {"lyx", KIND_DOCUMENT}, {"lz", KIND_ARCHIVE}, {"lz4", KIND_ARCHIVE},
	{"lzh", KIND_ARCHIVE}, {"lzip", KIND_ARCHIVE}, {"lzma", KIND_ARCHIVE}, {"lzo", KIND_ARCHIVE},
	{"m", KIND_CODE}, {"m1v", KIND_VIDEO}, {"m2ts", KIND_VIDEO}, {"m2v", KIND_VIDEO}, {"m3u", KIND_AUDIO},
	{"m3u8", KIND_AUDIO}, {"m4", KIND_CODE}, {"m4a", KIND_AUDIO}, {"m4b", KIND_AUDIO}, {"m4p", KIND_AUDIO},
	{"m4r", KIND_AUDIO}, {"m4v", KIND_VIDEO}, {"mak", KIND_CODE}, {"man", KIND_DOCUMENT}, {"map", KIND_CODE},
	{"markdown", KIND_DOCUMENT}, {"mat", KIND_DATABASE}, {"mbox", KIND_DOCUMENT}, {"mbtiles", KIND_DATABASE},
	{"md", KIND_DOCUMENT}, {"mdb", KIND_DATABASE}, {"mdf", KIND_DATABASE}, {"mds", KIND_DISK},
	{"mdx", KIND_DOCUMENT}, {"mht", KIND_DOCUMENT}, {"mhtml", KIND_DOCUMENT}, {"mid", KIND_AUDIO},
	{"midi", KIND_AUDIO}, {"mjs", KIND_CODE}, {"mk", KIND_CODE}, {"mka", KIND_AUDIO}, {"mkv", KIND_VIDEO},
	{"ml", KIND_CODE}, {"mli", KIND_CODE}, {"mm", KIND_CODE}, {"mmdb", KIND_DATABASE}, {"mng", KIND_IMAGE},
	{"mo", KIND_CODE}, {"mobi", KIND_DOCUMENT}, {"mod", KIND_AUDIO}, {"mov", KIND_VIDEO}, {"move", KIND_CODE},
	{"mozlz4", KIND_ARCHIVE}, {"mp2", KIND_AUDIO}, {"mp3", KIND_AUDIO}, {"mp4", KIND_VIDEO}, {"mpc", KIND_AUDIO},
	{"mpe", KIND_VIDEO}, {"mpeg", KIND_VIDEO}, {"mpg", KIND_VIDEO}, {"mpkg", KIND_PACKAGE}, {"mrw", KIND_IMAGE},
	{"msg", KIND_DOCUMENT}, {"msi", KIND_PACKAGE}, {"msix", KIND_PACKAGE}, {"msu", KIND_PACKAGE},
	{"mts", KIND_VIDEO}, {"mv", KIND_DATABASE}, {"mxf", KIND_VIDEO}, {"myd", KIND_DATABASE},
	{"myi", KIND_DATABASE}, {"n", KIND_CODE}, {"nbi", KIND_DISK}, {"nc", KIND_DATABASE}, {"ndf", KIND_DATABASE},
	{"ndjson", KIND_CODE}, {"ndx", KIND_DATABASE}, {"nef", KIND_IMAGE}, {"nim", KIND_CODE}, {"nix", KIND_CODE},
	{"npy", KIND_CODE}, {"npz", KIND_CODE}, {"nrg", KIND_DISK}, {"nro", KIND_PACKAGE}, {"nrw", KIND_IMAGE},
	{"nsf", KIND_DATABASE}, {"nsp", KIND_PACKAGE}, {"numbers", KIND_DOCUMENT}, {"nupkg", KIND_PACKAGE},
	{"o", KIND_CODE}, {"obj", KIND_CODE}, {"objs", KIND_CODE}, {"ocaml", KIND_CODE}, {"odf", KIND_DOCUMENT},
	{"odg", KIND_DOCUMENT}, {"odin", KIND_CODE}, {"odp", KIND_DOCUMENT}, {"ods", KIND_DOCUMENT},
	{"odt", KIND_DOCUMENT}, {"oga", KIND_AUDIO}, {"ogg", KIND_AUDIO}, {"ogm", KIND_VIDEO}, {"ogv", KIND_VIDEO},
	{"onnx", KIND_DATABASE}, {"opus", KIND_AUDIO}, {"ora", KIND_DATABASE}, {"orc", KIND_DATABASE},
	{"orf", KIND_IMAGE}, {"org", KIND_DOCUMENT}, {"otf", KIND_DOCUMENT}, {"ott", KIND_DOCUMENT},
	{"out", KIND_LOG}, {"ova", KIND_DISK}, {"ovf", KIND_DISK}, {"oxps", KIND_DOCUMENT}, {"pages", KIND_DOCUMENT},
	{"pak", KIND_ARCHIVE}, {"par2", KIND_ARCHIVE}, {"parquet", KIND_DATABASE}, {"pas", KIND_CODE},
	{"patch", KIND_CODE}, {"pax", KIND_ARCHIVE}, {"pbm", KIND_IMAGE}, {"pcap", KIND_LOG}, {"pcapng", KIND_LOG},
	{"pcd", KIND_IMAGE}, {"pcf", KIND_DOCUMENT}, {"pch", KIND_CODE}, {"pcm", KIND_CODE}, {"pcx", KIND_IMAGE},
	{"pdb", KIND_CODE}, {"pdf", KIND_DOCUMENT}, {"pdfx", KIND_DOCUMENT}, {"pea", KIND_ARCHIVE},
	{"pef", KIND_IMAGE}, {"perf", KIND_LOG}, {"pfb", KIND_DOCUMENT}, {"pfm", KIND_DOCUMENT}, {"pgm", KIND_IMAGE},
	{"phar", KIND_PACKAGE}, {"php", KIND_CODE}, {"phtml", KIND_CODE}, {"pic", KIND_IMAGE}, {"pickle", KIND_CODE},
	{"pict", KIND_IMAGE}, {"pkg", KIND_PACKAGE}, {"pkl", KIND_CODE}, {"pl", KIND_CODE}, {"plist", KIND_CODE},
	{"pls", KIND_AUDIO}, {"pm", KIND_CODE}, {"pmtiles", KIND_DATABASE}, {"png", KIND_IMAGE}, {"pnm", KIND_IMAGE},
	{"po", KIND_CODE}, {"pot", KIND_DOCUMENT}, {"potx", KIND_DOCUMENT}, {"pp", KIND_CODE}, {"ppm", KIND_IMAGE},
	{"pps", KIND_DOCUMENT}, {"ppsx", KIND_DOCUMENT}, {"ppt", KIND_DOCUMENT}, {"pptm", KIND_DOCUMENT},
	{"pptx", KIND_DOCUMENT}, {"prisma", KIND_CODE}, {"pro", KIND_CODE}, {"procreate", KIND_IMAGE},
	{"properties", KIND_CODE}, {"proto", KIND_CODE}, {"ps", KIND_DOCUMENT}, {"ps1", KIND_CODE},
	{"psb", KIND_IMAGE}, {"psd", KIND_IMAGE}, {"psm1", KIND_CODE}, {"pst", KIND_DOCUMENT}, {"pt", KIND_DATABASE},
	{"pth", KIND_DATABASE}, {"pub", KIND_DOCUMENT}, {"purs", KIND_CODE}, {"pxd", KIND_CODE}, {"pxi", KIND_CODE},
	{"pxr", KIND_IMAGE}, {"py", KIND_CODE}, {"pyc", KIND_CODE}, {"pyd", KIND_CODE}, {"pyi", KIND_CODE},
	{"pyo", KIND_CODE}, {"pyx", KIND_CODE}, {"pyz", KIND_PACKAGE}, {"qcow", KIND_DISK}, {"qcow2", KIND_DISK},
	{"qed", KIND_DISK}, {"qml", KIND_CODE}, {"qoi", KIND_IMAGE}, {"qt", KIND_VIDEO}, {"r", KIND_CODE},
	{"r3d", KIND_VIDEO}, {"ra", KIND_AUDIO}, {"raf", KIND_IMAGE}, {"rake", KIND_CODE}, {"rar", KIND_ARCHIVE},
	{"ras", KIND_IMAGE}, {"raw", KIND_IMAGE}, {"rb", KIND_CODE}, {"rbs", KIND_CODE}, {"rdata", KIND_CODE},
	{"rdb", KIND_DATABASE}, {"rds", KIND_CODE}, {"re", KIND_CODE}, {"realm", KIND_DATABASE}, {"rei", KIND_CODE},
	{"res", KIND_CODE}, {"restic", KIND_ARCHIVE}, {"rgb", KIND_IMAGE}, {"rkt", KIND_CODE}, {"rlib", KIND_CODE},
	{"rm", KIND_VIDEO}, {"rmeta", KIND_CODE}, {"rmvb", KIND_VIDEO}, {"rocksdb", KIND_DATABASE},
	{"rpm", KIND_PACKAGE}, {"rs", KIND_CODE}, {"rst", KIND_DOCUMENT}, {"rtf", KIND_DOCUMENT}, {"rvz", KIND_DISK},
	{"rw2", KIND_IMAGE}, {"rwl", KIND_IMAGE}, {"rz", KIND_ARCHIVE}, {"s", KIND_CODE}, {"s3m", KIND_AUDIO},
	{"s7z", KIND_ARCHIVE}, {"safetensors", KIND_DATABASE}, {"sass", KIND_CODE}, {"sbt", KIND_CODE},
	{"sc", KIND_CODE}, {"scala", KIND_CODE}, {"scm", KIND_CODE}, {"scss", KIND_CODE}, {"sdb", KIND_DATABASE},
	{"sdf", KIND_DATABASE}, {"sea", KIND_ARCHIVE}, {"service", KIND_CODE}, {"sf2", KIND_AUDIO},
	{"sf3", KIND_AUDIO}, {"sfx", KIND_ARCHIVE}, {"sgi", KIND_IMAGE}, {"sh", KIND_CODE}, {"shar", KIND_ARCHIVE},
	{"shp", KIND_DATABASE}, {"sit", KIND_ARCHIVE}, {"sitx", KIND_ARCHIVE}, {"sketch", KIND_IMAGE},
	{"sln", KIND_CODE}, {"slog", KIND_LOG}, {"snap", KIND_PACKAGE}, {"snd", KIND_AUDIO}, {"so", KIND_CODE},
	{"socket", KIND_CODE}, {"sol", KIND_CODE}, {"sparsebundle", KIND_DISK}, {"sparseimage", KIND_DISK},
	{"spx", KIND_AUDIO}, {"sqfs", KIND_ARCHIVE}, {"sql", KIND_CODE}, {"sqlite", KIND_DATABASE},
	{"sqlite3", KIND_DATABASE}, {"squashfs", KIND_ARCHIVE}, {"sr2", KIND_IMAGE}, {"src", KIND_PACKAGE},
	{"srf", KIND_IMAGE}, {"srl", KIND_CODE}, {"srpm", KIND_PACKAGE}, {"srt", KIND_DOCUMENT}, {"srw", KIND_IMAGE},
	{"ss", KIND_CODE}, {"ssa", KIND_DOCUMENT}, {"sst", KIND_DATABASE}, {"st", KIND_CODE}, {"stan", KIND_CODE},
	{"strace", KIND_LOG}, {"styl", KIND_CODE}, {"sub", KIND_DOCUMENT}, {"sv", KIND_CODE}, {"svelte", KIND_CODE},
	{"svg", KIND_IMAGE}, {"svgz", KIND_IMAGE}, {"svh", KIND_CODE}, {"swap", KIND_DISK}, {"swf", KIND_VIDEO},
	{"swift", KIND_CODE}, {"swiftmodule", KIND_CODE}, {"sxc", KIND_DOCUMENT}, {"sxi", KIND_DOCUMENT},
	{"sxw", KIND_DOCUMENT}, {"syslog", KIND_LOG}, {"sz", KIND_ARCHIVE}, {"tar", KIND_ARCHIVE},
	{"target", KIND_CODE}, {"taz", KIND_ARCHIVE}, {"tbz", KIND_ARCHIVE}, {"tbz2", KIND_ARCHIVE},
	{"tcl", KIND_CODE}, {"tdb", KIND_DATABASE}, {"tex", KIND_DOCUMENT}, {"texi", KIND_DOCUMENT},
	{"texinfo", KIND_DOCUMENT}, {"textile", KIND_DOCUMENT}, {"tf", KIND_CODE}, {"tflite", KIND_DATABASE},
	{"tfstate", KIND_CODE}, {"tfvars", KIND_CODE}, {"tga", KIND_IMAGE}, {"tgz", KIND_ARCHIVE},
	{"tif", KIND_IMAGE}, {"tiff", KIND_IMAGE}, {"timer", KIND_CODE}, {"tla", KIND_CODE}, {"tlz", KIND_ARCHIVE},
	{"toast", KIND_DISK}, {"toml", KIND_CODE}, {"tpl", KIND_CODE}, {"tpp", KIND_CODE}, {"trace", KIND_LOG},
	{"ts", KIND_CODE}, {"tsbuildinfo", KIND_CODE}, {"tsv", KIND_DOCUMENT}, {"tsx", KIND_CODE},
	{"tta", KIND_AUDIO}, {"ttc", KIND_DOCUMENT}, {"ttf", KIND_DOCUMENT}, {"twig", KIND_CODE},
	{"txt", KIND_DOCUMENT}, {"txz", KIND_ARCHIVE}, {"typ", KIND_DOCUMENT}, {"tz", KIND_ARCHIVE},
	{"tzst", KIND_ARCHIVE}, {"uasset", KIND_PACKAGE}, {"ucl", KIND_ARCHIVE}, {"udeb", KIND_PACKAGE},
	{"udf", KIND_DISK}, {"uif", KIND_DISK}, {"unit", KIND_CODE}, {"unitypackage", KIND_PACKAGE},
	{"v", KIND_CODE}, {"vala", KIND_CODE}, {"vapi", KIND_CODE}, {"vb", KIND_CODE}, {"vbs", KIND_CODE},
	{"vcf", KIND_DOCUMENT}, {"vcxproj", KIND_CODE}, {"vdi", KIND_DISK}, {"vert", KIND_CODE}, {"vfd", KIND_DISK},
	{"vhd", KIND_DISK}, {"vhdl", KIND_CODE}, {"vhdx", KIND_DISK}, {"vim", KIND_CODE}, {"vmdk", KIND_DISK},
	{"vmem", KIND_DISK}, {"vmrs", KIND_DISK}, {"vmsn", KIND_DISK}, {"vmss", KIND_DISK}, {"vob", KIND_VIDEO},
	{"voc", KIND_AUDIO}, {"vsd", KIND_DOCUMENT}, {"vsdx", KIND_DOCUMENT}, {"vsix", KIND_PACKAGE},
	{"vsv", KIND_DISK}, {"vtt", KIND_DOCUMENT}, {"vue", KIND_CODE}, {"w64", KIND_AUDIO}, {"wal", KIND_DATABASE},
	{"war", KIND_CODE}, {"warc", KIND_ARCHIVE}, {"wasm", KIND_CODE}, {"wat", KIND_CODE}, {"wav", KIND_AUDIO},
	{"wbfs", KIND_DISK}, {"wdb", KIND_DATABASE}, {"webm", KIND_VIDEO}, {"webp", KIND_IMAGE}, {"wgsl", KIND_CODE},
	{"whl", KIND_PACKAGE}, {"wic", KIND_DISK}, {"wim", KIND_ARCHIVE}, {"wit", KIND_CODE}, {"wma", KIND_AUDIO},
	{"wmf", KIND_IMAGE}, {"wmv", KIND_VIDEO}, {"woff", KIND_DOCUMENT}, {"woff2", KIND_DOCUMENT},
	{"wpd", KIND_DOCUMENT}, {"wps", KIND_DOCUMENT}, {"wv", KIND_AUDIO}, {"x3f", KIND_IMAGE}, {"xaml", KIND_CODE},
	{"xar", KIND_ARCHIVE}, {"xbm", KIND_IMAGE}, {"xbps", KIND_PACKAGE}, {"xcconfig", KIND_CODE},
	{"xcf", KIND_IMAGE}, {"xhtml", KIND_DOCUMENT}, {"xib", KIND_CODE}, {"xls", KIND_DOCUMENT},
	{"xlsb", KIND_DOCUMENT}, {"xlsm", KIND_DOCUMENT}, {"xlsx", KIND_DOCUMENT}, {"xlt", KIND_DOCUMENT},
	{"xltx", KIND_DOCUMENT}, {"xm", KIND_AUDIO}, {"xml", KIND_CODE}, {"xpi", KIND_PACKAGE}, {"xpm", KIND_IMAGE},
	{"xps", KIND_DOCUMENT}, {"xsd", KIND_CODE}, {"xsl", KIND_CODE}, {"xslt", KIND_CODE}, {"xva", KIND_DISK},
	{"xwd", KIND_IMAGE}, {"xz", KIND_ARCHIVE}, {"y", KIND_CODE}, {"y4m", KIND_VIDEO}, {"yaml", KIND_CODE},
	{"yml", KIND_CODE}, {"yy", KIND_CODE}, {"z", KIND_ARCHIVE}, {"zig", KIND_CODE}, {"zip", KIND_ARCHIVE},
	{"zipx", KIND_ARCHIVE}, {"zoo", KIND_ARCHIVE}, {"zpaq", KIND_ARCHIVE}, {"zsh", KIND_CODE},
	{"zst", KIND_ARCHIVE}, {"zstd", KIND_ARCHIVE}, {"zuo", KIND_CODE},
};
/* clang-format on */

static const struct {
	const char *word, *title;
} words[KIND_COUNT] = {
	[KIND_VIDEO] = {"video", N_("video")},
	[KIND_AUDIO] = {"audio", N_("audio")},
	[KIND_IMAGE] = {"image", N_("images")},
	[KIND_ARCHIVE] = {"archive", N_("archives")},
	[KIND_DOCUMENT] = {"document", N_("documents")},
	[KIND_CODE] = {"code", N_("code and build")},
	[KIND_LOG] = {"log", N_("logs")},
	[KIND_DATABASE] = {"database", N_("databases")},
	[KIND_DISK] = {"disk", N_("disk images")},
	[KIND_PACKAGE] = {"package", N_("packages")},
	[KIND_OTHER] = {"other", N_("other extensions")},
	[KIND_NONE] = {"none", N_("no extension")},
	[KIND_SPECIAL] = {"special", N_("links and devices")},
	[KIND_FOLDER] = {"folder", N_("folders themselves")},
};

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool may_be_in_one(unsigned char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '+';
}

/** The part behind the last point before `end`: where it begins; 0 = there is none, or it is no extension. */
static size_t last_part(const unsigned char *name, size_t end, bool *digits)
{
	size_t start = end;

	*digits = true;
	while (start && name[start - 1] != '.') {
		if (!may_be_in_one(name[start - 1]) || end - start == EXTENSION_MAX)
			return 0;
		*digits &= is_digit(name[--start]);
	}
	return start < end && start > 1 ? start : 0;
}

size_t kind_extension(const void *name, size_t length, char out[EXTENSION_BYTES])
{
	const unsigned char *bytes = name;
	size_t end = length, start;
	bool digits;

	memset(out, 0, EXTENSION_BYTES);
	while ((start = last_part(bytes, end, &digits)) && digits)
		end = start - 1;
	if (!start)
		return 0;
	for (size_t i = start; i < end; i++)
		out[i - start] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + 32 : bytes[i]);
	return end - start;
}

/** A word of it, first byte highest. */
static inline uint64_t word_of(const char *extension, int word)
{
	uint64_t bytes;

	memcpy(&bytes, extension + 8 * word, sizeof(bytes));
	return be64toh(bytes);
}

enum file_kind kind_of_extension(const char extension[EXTENSION_BYTES])
{
	size_t low = 0, high = sizeof(known) / sizeof(*known);
	uint64_t first = word_of(extension, 0), second = word_of(extension, 1);

	if (!*extension)
		return KIND_NONE;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t there = word_of(known[middle].extension, 0);

		if (there == first) {
			there = word_of(known[middle].extension, 1) & ~UINT64_C(0xff); /* without its kind */
			if (there == second)
				return (enum file_kind)known[middle].kind;
			if (there < second)
				low = middle + 1;
			else
				high = middle;
		} else if (there < first) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return KIND_OTHER;
}

enum file_kind kind_of(enum node_type type, const void *name, size_t length)
{
	char extension[EXTENSION_BYTES];

	if (type != NODE_REG)
		return type == NODE_DIR ? KIND_FOLDER : KIND_SPECIAL;
	kind_extension(name, length, extension);
	return kind_of_extension(extension);
}

const char *kind_word(enum file_kind kind)
{
	return words[kind].word;
}

enum file_kind kind_named(const char *word, size_t length)
{
	enum file_kind kind = 0;

	while (kind < KIND_COUNT && (strncmp(words[kind].word, word, length) || words[kind].word[length]))
		kind++;
	return kind;
}

const char *kind_title(enum file_kind kind)
{
	return words[kind].title;
}
