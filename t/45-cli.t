#!/usr/bin/perl

# The command line: arguments, formats, exit status, batch.

use lib 't/lib';
use UrlMeta::Test;

use File::Temp qw(tempdir);
use JSON::PP ();
use UrlMeta::Schema;

chdir project_root();

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my ($code, $output) = run(300, 'make', '-s', 'urlmeta');
is($code, 0, 'built') or BAIL_OUT($output);

my $urlmeta = 'build/urlmeta';
my $schema = UrlMeta::Schema->new('docs/card.schema.json');
my $dir = tempdir(CLEANUP => 1);


sub put {
    my ($name, $text) = @_;
    open my $f, '>', "$dir/$name" or die $!;
    binmode $f;
    print $f $text;
    close $f or die $!;
    return "$dir/$name";
}


# status, standard output, standard error

sub cli {
    my ($input, @args) = @_;
    my $in = put('in', $input // '');
    my $quoted = join ' ', map { s/'/'\\''/gr =~ s/(.*)/'$1'/sr } @args;
    my ($code) = run(60, 'sh', '-c', "$urlmeta $quoted < $in > $dir/out"
                                     . " 2> $dir/err");
    return ($code, read_file("$dir/out"), read_file("$dir/err"));
}

my $page = <<'EOF';
<!doctype html><html lang=en><head><meta charset=utf-8>
<title>The title</title><meta property="og:title" content="Another  one">
<meta name=description content="What it is &lt;b&gt;">
<link rel=icon href="/i.png"><meta property=og:image content=//10.0.0.1/x.png>
<script type="application/ld+json">{"@type": "Article", "headline": "H",}
</script></head><body><h1>Heading</h1><a href="x">y</a>
EOF
my $file = put('page.html', $page);
my @url = ('--url', 'https://example.com/a/b');

my ($status, $out, $err) = cli('', @url, $file);
is($status, 0, 'a file');
is($err, '', 'without a word');
my $card = JSON::PP->new->utf8->decode($out);
is_deeply([$schema->errors($card)], [], 'its card is valid');
is($card->{title}, 'Another one', 'its title');
is($card->{icon}{url}, 'https://example.com/i.png', 'its icon');
is($card->{image}{url}, 'https://10.0.0.1/x.png',
   'no policy is applied to what is read here');
ok(!exists $card->{sources}, 'no details');
like($out, qr/\n\z/, 'a line end');

is((cli($page, @url))[1] =~ s/"fetched_at":"[^"]*"//r,
   $out =~ s/"fetched_at":"[^"]*"//r, 'standard input');
is((cli($page, @url, '-'))[1] =~ s/"fetched_at":"[^"]*"//r,
   $out =~ s/"fetched_at":"[^"]*"//r, 'standard input as -');

($status, $out) = cli($page, '--url=https://example.com/a/b', '--policy');
$card = JSON::PP->new->utf8->decode($out);
is($card->{image}, undef, '--policy');

($status, $out) = cli($page, @url, '--details');
$card = JSON::PP->new->utf8->decode($out);
is_deeply([$schema->errors($card)], [], 'a card with details is valid');
is($card->{links}[0]{url}, 'https://example.com/a/x', 'links');
is($card->{meta}[0]{content}, 'Another  one', 'metas');
is($card->{sources}{title}{rule}, 'og:title', 'sources');
ok($card->{json_ld}[0]{repaired}, 'JSON-LD');
is($card->{headings}[0]{text}, 'Heading', 'headings');

($status, $out) = cli($page);
$card = JSON::PP->new->utf8->decode($out);
is($status, 0, 'without an address');
is($card->{url}, undef, 'there is none');
is($card->{icon}, undef, 'and relative references lead nowhere');
is($card->{title}, 'Another one', 'but the rest is there');
is_deeply([$schema->errors($card)], [], 'and it is valid');

($status, $out) = cli($page, @url, '--format', 'fragment');
like($out, qr/^<article class="urlmeta-card/, '--format');

($status, $out) = cli("\xef\xe0\xe2", @url, '--content-type',
                      'text/html; charset=windows-1251');
is(JSON::PP->new->utf8->decode($out)->{http}{charset}, 'windows-1251',
   '--content-type');
($status, $out) = cli('GIF89a', @url, '--content-type', 'image/gif');
is(JSON::PP->new->utf8->decode($out)->{type}, 'image', 'of no document');

($status, $out) = cli("<title>a\e[31m\x{c2}\x{9b}31m\x{e2}\x{80}\x{ae}b",
                      @url, '--explain');
is($status, 0, '--explain');
like($out, qr/^title: /m, 'tells of the title');
like($out, qr/^    from html title: a\\u001b\[31m\\u009b31m\\u202eb$/m,
     'what moves a cursor is escaped');

($status, $out) = cli($page, @url, '--explain');
like($out, qr/^    not  html title: The title$/m, 'tells what lost');

# arguments

for (['--help', qr/^Usage: urlmeta .*--batch.*json, html/s],
     ['-h', qr/^Usage: /], ['--version', qr/^urlmeta \d+\.\d+\.\d+$/])
{
    my ($arg, $what) = @$_;
    ($status, $out, $err) = cli('', $arg);
    is($status, 0, $arg);
    like($out, $what, 'its text');
    is($err, '', 'on standard output');
}

for (['--nonsense'], ['--format', 'nonsense'], ['--format'], ['--url'],
     ['a', 'b'], ['--batch'], ['--batch', 'list'],
     ['--batch', '--explain', 'list', 'dir'],
     ['--batch', '--url', 'https://example.com/', 'list', 'dir'],
     ['--explain', '--format', 'html'])
{
    ($status, $out, $err) = cli('', @$_);
    is($status, 2, "@$_");
    is($out, '', 'nothing comes out');
    like($err, qr/Try "urlmeta --help"/, 'what to do');
}

($status, $out, $err) = cli('', "$dir/none");
is($status, 1, 'no such file');
like($err, qr{^urlmeta: \Q$dir\E/none: No such file}, 'is told');
is($out, '', 'and no card');
($status, $out, $err) = cli('', $dir);
is($status, 1, 'a directory');

SKIP: {
    skip 'no /dev/full', 1 if !-c '/dev/full';
    my ($full) = run(60, 'sh', '-c', "$urlmeta $file > /dev/full");
    is($full, 1, 'a full disk');
}

# batch

my $list = put('list', join '', map { "$_\n" }
    "one\t$file\thttps://example.com/\ttext/html",
    "two\t$file",
    '',
    "three\t$dir/none\thttps://example.com/",
    "../four\t$file", ".five\t$file", "six", "\t$file",
    "seven\t$file\t\t\r");

($status, $out, $err) = cli('', '--batch', $list, "$dir/cards");
is($status, 1, 'a batch, some of which fails');
is($out, '', 'nothing on standard output');
is(join(' ', sort map { s{.*/}{}r } glob "$dir/cards/*"),
   'one.json seven.json two.json', 'the cards');
ok(!-e "$dir/four.json", 'none elsewhere');
is(scalar(() = $err =~ /^urlmeta: /mg), 5, 'a word for each that failed');
like($err, qr{line 5: "\.\./four"}, 'and which');
is(JSON::PP->new->utf8->decode(read_file("$dir/cards/one.json"))->{url},
   'https://example.com/', 'its address');

put('list', "one\t$file\n");
($status) = cli('', '--batch', '--details', $list, "$dir/cards");
is($status, 0, 'a batch');
ok(JSON::PP->new->utf8->decode(read_file("$dir/cards/one.json"))->{sources},
   'with details');
($status) = cli("one\t$file\n", '--batch', '--format', 'html', '-',
                "$dir/cards");
is($status, 0, 'from standard input');
like(read_file("$dir/cards/one.html"), qr/^<!doctype html>/, 'HTML');
($status) = cli('', '--batch', "$dir/none", "$dir/cards");
is($status, 1, 'no list');
($status) = cli('', '--batch', $list, "$file/x");
is($status, 1, 'no directory');

# names of microdata in the head: capitals, and several in one attribute

($status, $out) = cli('<title>x</title>'
                      . '<meta itemprop="datePublished" content="2020-01-02">'
                      . '<meta itemprop="name description" content="About">',
                      '--url', 'https://example.com/', '-');
$card = JSON::PP->new->utf8->decode($out);
is($card->{published}, '2020-01-02', 'itemprop datePublished');
is($card->{description}, 'About', 'itemprop with two names');

# signed requests

my $key = '0123456789abcdef0123456789abcdef';
my $page_url = 'https://EXAMPLE.com:443/page?a=1&b=2#part';
my $canonical = 'url=https%3A%2F%2Fexample.com%2Fpage%3Fa%3D1%26b%3D2';

# printf 'https://example.com/page?a=1&b=2\njson\n1893456000'
#     | openssl dgst -sha256 -hmac KEY -binary | openssl base64
my $signature = 'YPgzAO-mRb9PcBYFUbCOVMgrdLKmSk2JD_67sfVnepw';
my @until = ('--expires', 1893456000);

($status, $out, $err) = cli('', '--sign', $key, @until, $page_url);
is($status, 0, '--sign');
is($err, '', 'without a word');
is($out, "$canonical&expires=1893456000&signature=$signature\n",
   'the arguments of a request');
is((cli('', '--sign-key-file', put('key', "$key\n"), @until, $page_url))[1],
   $out, 'a key in a file');
is((cli('', '--sign-key-file', put('key', "$key\r\n"), @until,
        $page_url))[1], $out, 'with another line end');
is((cli($key, '--sign-key-file', '-', @until, $page_url))[1], $out,
   'on standard input');

{
    local $ENV{URLMETA_TEST_KEY} = $key;
    is((cli('', '--sign-key-env', 'URLMETA_TEST_KEY', @until,
            $page_url))[1], $out, 'in the environment');
}

($status, $out) = cli('', '--sign', $key, $page_url);
like($out, qr/^\Q$canonical\E&signature=[\w-]{43}$/, 'without an expiry');
($status, $out) = cli('', '--sign', $key, '--format', 'json', $page_url);
like($out, qr/&format=json&signature=/, 'a format that is given is written');
($status, my $html) = cli('', '--sign', $key, '--format', 'html', $page_url);
isnt($html =~ s/.*&//r, $out =~ s/.*&//r, 'and signed');
($status, $out) = cli('', '--sign', $key, '--format', 'auto', $page_url);
like($out, qr/&format=auto&signature=[\w-]{43}$/, 'auto');

($status, $out) = cli('', '--sign', $key, '--expires', '+60', $page_url);
my ($expires) = $out =~ /&expires=(\d+)&/;
cmp_ok(abs($expires - time - 60), '<=', 5, 'an expiry from now on');

for ([['--sign', 'x' x 15, $page_url], 1, qr/key is too short/],
     [['--sign-key-file', put('key', "\n"), $page_url], 1, qr/too short/],
     [['--sign-key-file', "$dir/none", $page_url], 1, qr/No such file/],
     [['--sign-key-file', put('big', 'x' x 4097), $page_url], 1, qr/no key/],
     [['--sign-key-env', 'URLMETA_TEST_NONE', $page_url], 1, qr/no variable/],
     [['--sign', $key, 'ftp://example.com/'], 1, qr/scheme/],
     [['--sign', $key, ''], 1, qr/URL/],
     [['--sign', $key, '--expires', 'soon', $page_url], 2, qr/seconds/],
     [['--sign', $key, '--expires', '+', $page_url], 2, qr/seconds/],
     [['--sign', $key, '--expires', '9' x 40, $page_url], 2, qr/seconds/],
     [['--sign', $key], 2, qr/one URL/],
     [['--sign', $key, 'a', 'b'], 2, qr/one URL/],
     [['--sign', $key, '--sign-key-env', 'HOME', 'a'], 2, qr/one key/],
     [['--sign', $key, '--details', 'a'], 2, qr/--format only/],
     [['--expires', 1, $file], 2, qr/--sign only/],
     [['--format', 'auto', $file], 2, qr/no format "auto"/])
{
    my ($args, $code, $what) = @$_;
    ($status, $out, $err) = cli('', @$args);
    is($status, $code, substr "@$args", 0, 60);
    is($out, '', 'nothing comes out');
    like($err, $what, 'what is wrong');
    unlike($err, qr/\Q$key\E/, 'the key is not told');
}

# the program holds nothing of nginx

my (undef, $symbols) = run(60, 'nm', $urlmeta);
unlike($symbols, qr/\bngx_/, 'the core alone');

# every format: its name, its output, its place in the manual

($status, $out) = cli('', '--help');
my ($names) = $out =~ /^  --format NAME\s+(.*?)\n  --/ms;
my @names = split /,\s*/, $names;
is("@names[0 .. 2]", 'json html fragment', 'formats of the card');
cmp_ok(scalar @names, '>=', 18, 'and of others');
is(scalar(grep { length > 80 } split /\n/, $out), 0, 'within 80 columns');

for (@names) {
    ($status, $out, $err) = cli('', '--format', $_, @url, $file);
    is("$status$err", '0', "--format $_");
    like($out, /html|fragment|xml/ ? qr/^</ : qr/^\{"/, 'its output');
    like($out, qr/Another one/, 'has the title');
    like(read_file('packaging/man/urlmeta.1') =~ s/\\-/-/gr, qr/\b\Q$_\E\b/,
         'and the manual has it');
}

# the manual knows every option

my $man = read_file('packaging/man/urlmeta.1') =~ s/\\-/-/gr;
($status, $out) = cli('', '--help');

for ($out =~ /^  (?:-h, )?(--[a-z-]+)/mg) {
    like($man, qr/\Q$_\E\b/, "$_ in the manual");
}

done_testing();
