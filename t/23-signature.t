#!/usr/bin/perl

# Signed requests: what is let through, before the cache and the policy.

use lib 't/lib';
use UrlMeta::Test;

use Digest::SHA qw(hmac_sha256);
use JSON::PP ();
use MIME::Base64 qw(encode_base64);

chdir project_root();

my $new = 'a key of 32 bytes, the newer one';
my $old = '0123456789abcdef0123456789abcdef';
my $other = 'another key, which nobody has...';

my $o = origin('*' => sub {
    my ($socket, $request) = @_;
    return [200, 'text/html', "<title>$request->{uri}</title>"];
});

my $n = nginx(<<"EOF", http => <<'EOG', workers => 2);
    @{[allow($o)]}
    urlmeta_cache cards;
    merge_slashes off;
    urlmeta_signature "$new" $old;
    add_header X-Cache \$urlmeta_cache_status always;
    add_header X-URL \$urlmeta_url always;

    location /card { urlmeta \$arg_url; urlmeta_format \$arg_format; }
    location /html { urlmeta \$arg_url; urlmeta_format html; }
    location /auto { urlmeta \$arg_url; urlmeta_format auto; }
    location /short { urlmeta \$arg_url; urlmeta_cache_valid 1s; }
    location /one { urlmeta \$arg_url; urlmeta_signature "$other"; }
    location /off { urlmeta \$arg_url; urlmeta_signature off; }
    location /open {
        urlmeta \$arg_url;
        urlmeta_signature off;
        urlmeta_cache_control private;
    }
    location /tenant { urlmeta \$arg_url; urlmeta_signature \$tenant_key; }
    location /path {
        location ~ ^/path/(.+)\$ {
            urlmeta \$1;
            urlmeta_format \$arg_format;
        }
    }
    location /except {
        urlmeta \$arg_url;
        limit_except GET { deny all; }
    }
EOF
    map $arg_tenant $tenant_key {
        default  "";
        one      "the key of the first tenant, 1";
        short    "fifteen bytes..";
    }
EOG


sub signature {
    my ($key, $url, $format, $expires) = @_;
    my $mac = hmac_sha256(join("\n", $url, $format // 'json',
                               $expires // ''), $key);
    return encode_base64($mac, '') =~ tr{+/=}{-_}dr;
}


# The arguments of a request that is signed by a key.

sub signed {
    my ($key, $url, %option) = @_;
    my $signature = signature($key, $url, @option{qw(format expires)});
    my $more = '';
    $more .= "&format=$option{format}"
        if defined $option{format} && !$option{quiet};
    $more .= "&expires=$option{expires}" if defined $option{expires};
    return "$more&signature=$signature";
}


sub ask {
    my ($url, $arguments, $location) = @_;
    return $n->card($url, arguments => $arguments,
                    location => $location || '/card');
}


sub code {
    my $r = ask(@_);
    my $json = $r->json;
    return $r->{code} == 200 ? 200 : $json ? $json->{code} : $r->{code};
}


my $url = $o->url('/page?a=1&b=2');
my $later = time + 3600;
my $refused = 'signature_invalid';

# what is let through

is(code($url, signed($new, $url)), 200, 'signed');
is(code($url, signed($old, $url)), 200, 'by the older key');
is(code($url, signed($new, $url, expires => $later)), 200, 'until later');
is(code($url, signed($old, $url, expires => $later)), 200,
   'by the older key, until later');
is(code($url, signed($new, $url, format => 'html')), 200, 'a format');
is(code($url, "&format=json" . signed($new, $url)), 200,
   'the default, by its name');
is(code($url, signed($new, $url, format => 'html', quiet => 1), '/html'), 200,
   'the format of the location');
is(ask($url, signed($new, $url), '/html')->{code}, 403,
   '... and not the default');
is(code($url, signed($other, $url), '/one'), 200, 'the keys of the location');
is(code($url, signed($new, $url), '/one'), $refused,
   '... and not of the server');
is(code($url, ''), $refused, 'nothing');
is(code($url, '', '/off'), 200, 'nothing, where it is off');
is(code($url, signed($other, $url)), $refused, 'another key');

for my $accept ('application/json', 'text/html') {
    my $r = $n->card($url, location => '/auto', headers => {Accept => $accept},
                     arguments => signed($new, $url, format => 'auto',
                                         quiet => 1));
    is($r->{code}, 200, "auto, $accept");
    like($r->{header}{'content-type'}, qr/^\Q$accept\E/, 'its type');
}

is(code($url, signed($new, $url), '/auto'), $refused, 'auto is not json');

# the URL is signed in its canonical form, however it is asked for

my $host = 'HTTP://127.0.0.1:' . $o->port;
is(code("$host/x/../page?a=1&b=2#part", signed($new, $url)), 200,
   'another spelling of it');
is(code($url, signed($new, "$url#part")), $refused, 'no other text');

my $r = $n->get("/path/$host/p%61ge" . '?x=1' . signed($new, $o->url('/page')));
is($r->{code}, 200, 'a URL in the path') or diag($r->{body});

# as others write it

is($n->get('/card?' . substr(signed($new, $url), 1) . '&url='
           . url_encode($url))->{code}, 200, 'arguments in another order');
is($n->head('/card?url=' . url_encode($url) . signed($new, $url))->{code},
   200, 'HEAD');
is($n->head('/card?url=' . url_encode($url))->{code}, 403, 'HEAD, nothing');
is(code($url, signed($new, $url), '/except'), 200, 'with limit_except');
is(code($url, '', '/except'), $refused, 'with limit_except, nothing');

# what is signed: one byte of it

my $until = signed($new, $url, format => 'fragment', expires => $later);
is(code($url, $until), 200, 'unchanged');
is(ask(@$_[0, 1])->{code}, 403, $_->[2])
    for ["${url}2", $until, 'another URL'],
        [$url =~ s/page/pagf/r, $until, 'another path'],
        [$url, $until =~ s/format=fragment/format=html/r, 'another format'],
        [$url, $until =~ s/&format=fragment//r, 'no format'],
        [$url, $until =~ s/expires=\K(\d+)/$1 + 1/er, 'another second'],
        [$url, $until =~ s/&expires=\d+//r, 'no expiry'],
        [$url, signed($new, $url) . "&expires=$later",
         'an expiry that was not signed'],
        [$url, signed($new, $url) . '&format=html',
         'a format that was not signed'];

# expiry

is(code($url, signed($new, $url, expires => time - 2)), $refused, 'expired');
is(code($url, signed($new, $url, expires => 0)), $refused, 'in 1970');
is(code($url, signed($new, $url, expires => 9 x 15)), 200, 'a long time');
is(code($url, signed($new, $url, expires => $_)), $refused, "expires=$_")
    for "0$later", "+$later", "-$later", "${later}000000", 'never',
        "${later}.0", '0x7fffffff', '%31893456000', '';

my $soon = signed($new, $url, expires => time + 1);
is(code($url, $soon), 200, 'for a second or two');
ok(wait_for(sub { code($url, $soon) eq $refused }, 5), 'and no longer');

# spellings of a signature

my $good = signature($new, $url);
my @bad = (
    ['empty', ''],
    ['padding', "$good="],
    ['padding, escaped', "$good%3D"],
    ['cut', substr $good, 0, 42],
    ['16 bytes', substr $good, 0, 22],
    ['one more', "${good}A"],
    ['escaped', sprintf('%%%02X', ord $good) . substr $good, 1],
    ['upper case', uc $good],
    ['hexadecimal', unpack 'H*', hmac_sha256("$url\njson\n", $new)],
    ['quoted', "\"$good\""],
    ['of SHA-1', Digest::SHA::hmac_sha1_base64("$url\njson\n", $new)],
    ['of zeroes', 'A' x 43],
);

is(code($url, "&signature=$good"), 200, 'the one spelling');
is(code($url, "&signature=$_->[1]"), $refused, "refused: $_->[0]") for @bad;

my @alphabet = ('A' .. 'Z', 'a' .. 'z', 0 .. 9, '-', '_');
my %index = map { $alphabet[$_] => $_ } 0 .. 63;
my $last = substr $good, -1;
is($index{$last} % 4, 0, 'two bits behind the last byte');
is(code($url, '&signature=' . substr($good, 0, 42)
              . $alphabet[$index{$last} + $_]), $refused,
   "... are zero, not $_") for 1 .. 3;

# one with both of the characters that base64 has others for

my ($i, $mixed) = (0);
$mixed = signature($new, $o->url('/' . ++$i))
    until $mixed && $mixed =~ /-/ && $mixed =~ /_/;
is(code($o->url("/$i"), "&signature=$mixed"), 200, 'base64url');
is(code($o->url("/$i"), '&signature=' . $mixed =~ tr{-_}{+/}r), $refused,
   'base64');

# arguments that are there twice

is(code($url, "&signature=$_->[0]&signature=$_->[1]"), $refused,
   "two signatures: $_->[2]")
    for [$good, $good, 'the same'], [$good, 'A' x 43, 'good, bad'],
        ['A' x 43, $good, 'bad, good'], ['', $good, 'none, good'];
is(code($url, signed($new, $url, expires => $later) . "&expires=$later"),
   $refused, 'two expiries');
is(code($url, "&Signature=$good"), $refused, 'another name');
is(code($url, "&xsignature=$good"), $refused, 'a longer name');
is(code($url, '&signature'), $refused, 'a name alone');
is(code($url, "&signature&signature=$good&&"), 200,
   'a name alone is no argument, as everywhere in nginx');

# keys out of variables; one that is empty or too short lets nobody in

my $tenant = 'the key of the first tenant, 1';
is(code($url, signed($tenant, $url) . '&tenant=one', '/tenant'), 200,
   'a key from a variable');
is(code($url, signed($new, $url) . '&tenant=one', '/tenant'), $refused,
   'another one');
is(code($url, signed('', $url), '/tenant'), $refused, 'an empty key');
ok(scalar $n->logged(qr/\[error\].*key 1 of "urlmeta_signature" has 0 bytes/),
   'is told');
is(code($url, signed('fifteen bytes..', $url) . '&tenant=short', '/tenant'),
   $refused, 'a short key');
ok(scalar $n->logged(qr/key 1 of "urlmeta_signature" has 15 bytes/),
   'is told');
ok(!$n->logged(qr/\[error\].*fifteen bytes/), 'and itself is not');

# one body, whatever was the reason

my (%body, %header);

for ('', "&signature=$good.", '&signature=' . 'A' x 43,
     signed($new, $url, expires => 1), signed($other, $url),
     "&signature=$good&expires=never", "&signature=$good&signature=$good",
     '&signature=')
{
    my $r = ask($url, $_);
    is($r->{code}, 403, "403: $_");
    delete $r->{header}{date};
    $body{$r->{body}}++;
    $header{join "\n", map { "$_: $r->{header}{$_}" }
                       sort keys %{$r->{header}}}++;
}

is(scalar keys %body, 1, 'one body');
is(scalar keys %header, 1, 'one header');
my ($body) = keys %body;
like($body, qr/"detail":"The signature is missing, wrong or expired\. Make /,
     'that says what to do');
is(JSON::PP->new->decode($body)->{url}, $url,
   'and the URL that is to be signed');

# headers

$r = ask($url, signed($new, $url));
like($r->{header}{'cache-control'}, qr/^private, max-age=\d+$/,
     'no shared cache may keep it');
is(ask($url, '')->{header}{'cache-control'}, 'no-store',
   'nor a refusal');
like(ask($url, '', '/off')->{header}{'cache-control'}, qr/^public, /,
     'public where it is off');
like(ask($url, '', '/open')->{header}{'cache-control'}, qr/^private, /,
     'or as is said');

my $etag = $r->{header}{etag};
is($n->card($url, arguments => signed($new, $url),
            headers => {'If-None-Match' => $etag})->{code}, 304,
   'a card that did not change');
is($n->card($url, headers => {'If-None-Match' => $etag})->{code}, 403,
   'is told to those with a signature only');

# in the cache, not in the cache, or too old: nothing is answered, or fetched,
# without a signature

my %refusal = (
    none => '',
    bad => '&signature=' . 'B' x 42 . 'A',
    expired => undef,
);
my $denied = 0;

for my $state ('MISS', 'HIT', 'EXPIRED') {
    my $page = $o->url("/state/$state");
    my $location = $state eq 'EXPIRED' ? '/short' : '/card';

    if ($state ne 'MISS') {
        is(code($page, signed($new, $page), $location), 200, "$state: fetched");
    }

    if ($state eq 'EXPIRED') {
        select undef, undef, undef, 2.1;
    }

    my $before = $o->count("/state/$state");

    for my $reason (sort keys %refusal) {
        my $arguments = $refusal{$reason}
                        // signed($new, $page, expires => time - 10);
        my $r = ask($page, $arguments, $location);
        my $json = $r->json;

        $denied++
            if ok($r->{code} == 403 && $json && $json->{code} eq $refused
                  && !defined $r->{header}{'x-cache'},
                  "$state, $reason: refused");
    }

    is($o->count("/state/$state"), $before, "$state: nothing was fetched");

    my $r = ask($page, signed($new, $page), $location);
    like($r->{header}{'x-cache'}, $state eq 'EXPIRED'
                                   ? qr{^(?:EXPIRED|STALE|UPDATING)$}
                                   : qr{^$state$}, "$state: and it was");
}

is($denied, 9, '9 of 9 refused');

# nor is the policy asked, or a name server

is(code('http://127.0.0.1:1/', ''), $refused, 'no word of the policy');
is(code('http://127.0.0.1:1/', signed($new, 'http://127.0.0.1:1/')),
   'address_denied', 'but with a signature');
is(code('http://localhost/', ''), $refused, 'nor of names');
is(code('ftp://example.com/', ''), 'scheme_denied',
   'what is no URL is told to be none');

# some hundreds that are nearly right

my $c = $n->connect;
my ($accepted, $tried, $seed) = (0, 0, 1);
my $from = '/card?url=' . url_encode($url) . '&signature=';

while ($tried < 300) {
    my $text = $good;
    $seed = ($seed * 1103515245 + 12345) % 2**31;
    my $at = ($seed >> 8) % 43;
    my $with = $alphabet[($seed >> 16) % 64];
    substr($text, $at, 1) = $with;
    next if $text eq $good;
    $tried++;
    $accepted++ if $c->get($from . $text)->{code} != 403;
}

is($accepted, 0, "$tried signatures nearly right: none accepted");
is($c->get($from . $good)->{code}, 200, 'and the right one is');
$c->close;

# configuration

for (['"0123456789abcde"', qr/key 1 of "urlmeta_signature" directive is too s/],
     ["$old short", qr/key 2 .* is too short, it must have 16 bytes at least/],
     ["$old off", qr/key 2 .* is too short/],
     ['""', qr/key 1 .* is too short/],
     ["$old; urlmeta_signature $old", qr/is duplicate/],
     ['off; urlmeta_signature off', qr/is duplicate/],
     [join(' ', ($old) x 9), qr/too many keys .* it takes up to 8/],
     ['', qr/invalid number of arguments/])
{
    my ($keys, $message) = @$_;
    my ($ok, $output) = conf_test("location / { urlmeta \$arg_url; "
                                  . "urlmeta_signature $keys; }\n");
    ok(!$ok, 'refused: ' . substr $keys, 0, 40);
    like($output, $message, 'says why');
    unlike($output, qr/0123456789abcde/, 'without the key');
}

ok(scalar conf_test("location / { urlmeta \$arg_url; "
                    . "urlmeta_signature $_; }\n"), "taken: $_")
    for '0123456789abcdef', '$arg_x', 'off', join(' ', ($old) x 8);

# the same work, whatever is wrong: instructions, by valgrind

SKIP: {
    skip 'not under sanitizers', 1 if $ENV{TEST_URLMETA_CFLAGS} || sanitized();

    my ($no) = run(20, 'valgrind', '--version');
    skip 'no valgrind', 1 if $no != 0;

    delete local @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

    my ($failed, $output) = run(300, 'make', '-s', '-j2', '-f',
                                't/unit/Makefile', 'BUILD=build/unit',
                                'build/unit/signature');
    is($failed, 0, 'the unit test is built') or diag($output);

    my %count;
    my @kinds = qw(old new wrong-first wrong-last missing malformed short
                   expired bad-expires);

    for my $kind (@kinds) {
        my ($code, $output) = run(
            120, 'valgrind', '--tool=callgrind',
            '--callgrind-out-file=/dev/null',
            '--toggle-collect=urlmeta_signature_verify',
            'build/unit/signature', 'work', $kind, 200,
        );
        my ($valid) = $output =~ /^(\d+) of 200$/m;
        ($count{$kind}) = $output =~ /Collected : (\d+)/;

        is($valid, $kind =~ /^(?:old|new)$/ ? 200 : 0, "$kind: judged")
            or diag($output);
    }

    for my $kind (@kinds) {
        my $difference = abs($count{$kind} / $count{old} - 1) * 100;
        ok($difference <= 2, sprintf('%s: %.0f instructions, %.2f %%', $kind,
                                     $count{$kind} / 200, $difference));
    }
}

done_testing();
