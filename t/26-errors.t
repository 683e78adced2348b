#!/usr/bin/perl

# Every error that the module can answer with, brought about by a request, and
# what its answer looks like.

use lib 't/lib';
use UrlMeta::Test;

chdir project_root();

# stands in what the targets send: not a byte of it may come back
my $mark = 'Canary7777';
my $head = "<html><head><title>$mark</title></head>";
my %html = ('Content-Type' => 'text/html', 'X-Mark' => $mark);

my $o = origin(
    '/ok' => [200, {%html}, $head],
    '/gone' => [404, {%html}, $mark, {reason => $mark}],
    '/late' => [503, {%html, 'Retry-After' => 77}, $mark],
    '/away' => [302, {Location => "http://10.0.0.1/$mark"}, $mark],
    '/circle' => [302, {Location => '/circle'}, $mark],
    '/reset' => 'close',
    '/garbage' => \"$mark $mark\r\n\r\n$mark",
    '/headers' => [200, {%html, 'X-Long' => $mark x 8000}, $head],
    '/brotli' => [200, {%html, 'Content-Encoding' => 'br'}, $mark],
    '/gzip' => [200, {%html, 'Content-Encoding' => 'gzip'}, $mark],
    '/half' => \("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                 . "Content-Length: 9999\r\n\r\n<title>$mark"),
    '/hang' => 'hang',
    '/noindex' => [200, {%html, 'X-Robots-Tag' => "noindex, $mark"}, $head],
);
my $mute = origin(accept => 0);
my $untrusted = tls_origin($o);
my $d = dns({
    'nobody.test.com' => 'nxdomain', 'broken.test.com' => 'servfail',
    'silent.test.com' => 'silent', 'inside.test.com' => ['10.0.0.1'],
    'host.test.com' => ['127.0.0.1'],
});
my $closed = free_port();

my $n = nginx(<<"EOF", http => 'urlmeta_max_fetches 2;');
    @{[allow($o, $mute, $untrusted)]}
    urlmeta_allow 127.0.0.1:$closed;
    urlmeta_cache cards;
    resolver @{[$d->address]} ipv6=off;
    resolver_timeout 400ms;
    urlmeta_connect_timeout 500ms;
    urlmeta_read_timeout 500ms;
    urlmeta_robots_tag on;
    urlmeta_host_limit off;

    location /card { urlmeta \$arg_url; urlmeta_format \$arg_format; }
    location /no-https { urlmeta \$arg_url; urlmeta_schemes http; }
    location /hosts { urlmeta \$arg_url; urlmeta_hosts example.com; }
    location /signed { urlmeta \$arg_url; urlmeta_signature 0123456789abcdef; }
    location /once {
        urlmeta \$arg_url;
        urlmeta_host_limit rate=1r/m burst=1;
    }
    location /slow {
        urlmeta \$arg_url;
        urlmeta_read_timeout 2900ms;
    }
EOF

sub of { return $n->card($_[0], @_[1 .. $#_]) }


# A server whose memory has run out: libcurl's lists cannot be made.

sub exhausted {
    my $dir = temp_dir('exhausted');
    write_file("$dir/none.c", 'void *curl_slist_append(void *l, const char *s)'
                              . " { return 0; }\n");
    my ($code, $output) = run(30, 'cc', '-shared', '-fPIC', '-o',
                              "$dir/none.so", "$dir/none.c");
    die $output if $code != 0;

    my $options = join ':', $ENV{ASAN_OPTIONS} || (),
                            'verify_asan_link_order=0';
    my $poor = nginx(<<"EOF",
        @{[allow($o)]}
        location /card { urlmeta \$arg_url; }
EOF
        env => {LD_PRELOAD => "$dir/none.so", ASAN_OPTIONS => $options});

    return $poor->card($o->url('/ok'));
}


# Two run for as long as the third one may wait.

sub busy {
    my @r = $n->parallel(map { '/slow?url=' . url_encode($o->url("/hang?$_")) }
                         1 .. 3);
    my ($busy) = grep { $_->json->{code} eq 'busy' } @r;
    return $busy;
}


my %cause = (
    url_missing => [400, sub { $n->get('/card') }],
    format_unknown => [400, sub {
        of($o->url('/ok'), arguments => '&format=nonsense')
    }],
    method_not_allowed => [405, sub { $n->request('POST', '/card?url=x') }],
    loop_detected => [508, sub {
        of($o->url('/ok'), headers => {Via => '1.1 urlmeta'})
    }],
    internal_error => [500, \&exhausted],
    url_invalid => [400, sub { of('http://exa mple.com/') }],
    url_too_long => [400, sub { of('http://example.com/' . 'x' x 2048) }],
    scheme_denied => [400, sub {
        of('https://example.com/', location => '/no-https')
    }],
    userinfo_denied => [400, sub { of('http://a:b@example.com/') }],
    host_invalid => [400, sub { of('http://0x7f.1/') }],
    port_denied => [400, sub { of('http://example.com:22/') }],
    host_denied => [403, sub {
        of('http://other.example.org/', location => '/hosts')
    }],
    address_denied => [403, sub { of('http://inside.test.com/') }],
    signature_invalid => [403, sub {
        of($o->url('/ok'), location => '/signed')
    }],
    upstream_status => [404, sub { of($o->url('/gone')) }, 404],
    redirect_denied => [502, sub { of($o->url('/away')) }],
    redirect_limit => [502, sub { of($o->url('/circle')) }],
    dns_not_found => [502, sub { of('http://nobody.test.com/') }],
    dns_failed => [502, sub { of('http://broken.test.com/') }],
    connect_failed => [502, sub { of("http://127.0.0.1:$closed/") }],
    connect_reset => [502, sub { of($o->url('/reset')) }],
    tls_failed => [502, sub { of($untrusted->url('/ok')) }],
    protocol_error => [502, sub { of($o->url('/garbage')) }],
    header_too_large => [502, sub { of($o->url('/headers')) }],
    encoding_denied => [502, sub { of($o->url('/brotli')) }],
    encoding_bad => [502, sub { of($o->url('/gzip')) }],
    incomplete => [502, sub { of($o->url('/half')) }],
    host_busy => [503, sub {
        my $r;
        $r = of($o->url("/ok?$_"), location => '/once') for 1 .. 3;
        return $r;
    }],
    busy => [503, \&busy],
    dns_timeout => [504, sub { of('http://silent.test.com/') }],
    connect_timeout => [504, sub { of('https://' . $mute->address . '/') }],
    upstream_timeout => [504, sub { of($o->url('/hang')) }],
    robots_denied => [403, sub { of($o->url('/noindex')) }, 200],
);


# The codes there are, their words, and whether anything can answer with them.

my $table = read_file('ngx_urlmeta_module/core/error.c');
my $docs = read_file('docs/errors.md');
my $users = join '', map { read_file($_) } grep { !m{/error\.[ch]$} }
            glob 'ngx_urlmeta_module/*/*.[ch]';
my %words;

while ($table =~ /\[(URLMETA_E_\w+)\]\s*=\s*\{\s*"(\w+)",\s*(\d+),\s*
                  ((?:"(?:[^"\\]|\\.)*"\s*)+),\s*
                  ((?:"(?:[^"\\]|\\.)*"\s*)+)\}/gx)
{
    my ($symbol, $code, $status, @text) = ($1, $2, $3, $4, $5);

    for (@text) {
        s/"\s*"//g;
        s/^"|"\s*$//g;
        s/\\(.)/$1/g;
    }

    $words{$code} = [$status, @text] if $symbol ne 'URLMETA_E_NONE'
                                        && $users =~ /\b$symbol\b/;
}

cmp_ok(scalar keys %words, '>=', 32, 'codes found');
is(join(' ', sort keys %cause), join(' ', sort keys %words),
   'every one of them is brought about here');


for my $code (sort keys %cause) {
    my ($status, $ask, $upstream) = @{$cause{$code}};
    my $r = $ask->();

    if (!$r || !$r->json) {
        fail("$code: an answer");
        next;
    }

    my $body = $r->json;
    my ($stated, $title, $detail) = @{$words{$code} || []};

    is($r->{code}, $status, "$code: $status");
    is($body->{code}, $code, "$code: code");
    is($r->{header}{'content-type'}, 'application/problem+json',
       "$code: RFC 9457");
    is($body->{type}, "urn:urlmeta:error:$code", "$code: type");
    is($body->{status}, $status, "$code: status");
    is($body->{title}, $title, "$code: title");
    ok(index($body->{detail}, substr $detail, 0, 20) == 0
       || $code eq 'upstream_status', "$code: detail") or diag($body->{detail});
    cmp_ok(length $body->{detail}, '>', 40, "$code: a detail that helps");
    ok(exists $body->{url}, "$code: url");
    is($body->{upstream_status}, $upstream, "$code: upstream_status");

    my @more = grep { !/^(?:type|title|status|detail|code|url
                            |upstream_status)$/x } sort keys %$body;
    is("@more", '', "$code: nothing else");

    unlike($r->{raw} || join("\n", map { "@$_" } @{$r->{headers}}) . $r->{body},
           qr/\Q$mark/, "$code: nothing of the target's");
    is($r->{header}{'cache-control'}, 'no-store', "$code: no-store");
    is($r->{header}{'x-content-type-options'}, 'nosniff', "$code: nosniff");

    if ($status == 503) {
        like($r->{header}{'retry-after'}, qr/^[1-9]\d*$/, "$code: Retry-After");

    } else {
        is($r->{header}{'retry-after'}, undef, "$code: no Retry-After");
    }

    is($r->{header}{allow}, $status == 405 ? 'GET, HEAD' : undef,
       "$code: Allow");

    my $listed = join '|', $code eq 'upstream_status' ? '404, 502' : $status;
    like($docs, qr/^\| `$code` \| $listed \| \S/m, "$code: in errors.md");
}

# the same as a page, without the target's words either

for (qw(/gone /garbage /headers)) {
    my $r = of($o->url($_), arguments => '&format=html');
    like($r->{header}{'content-type'}, qr{^text/html}, "$_: HTML");
    unlike($r->{body}, qr/\Q$mark/, "$_: nothing of the target's");
    like($r->{header}{'content-security-policy'}, qr/default-src 'none'/,
         "$_: no script");
}

is(of($o->url('/late'))->json->{upstream_status}, 503, "the target's 503");

done_testing();
