#!/usr/bin/perl

# The formats of other services' clients: bodies as they were judged good, in
# t/formats/*.golden, their types, hostile pages, errors, and the HTTP around.
#
# TEST_URLMETA_GOLDEN=1 writes the golden files and the examples of
# docs/formats.md anew.

use lib 't/lib';
use UrlMeta::Test;

use JSON::PP ();

chdir project_root();

delete @ENV{qw(MAKEFLAGS MFLAGS MAKELEVEL)};

my ($code, $output) = run(300, 'make', '-s', 'urlmeta');
is($code, 0, 'built') or BAIL_OUT($output);

my @formats = qw(oembed oembed-xml editorjs unfurl microlink iframely matrix ogs
                 link-preview-js metascraper rlp summaly mastodon wordpress
                 discord);
my $json = JSON::PP->new->utf8->canonical;
my $dir = temp_dir('formats');
my $golden = $ENV{TEST_URLMETA_GOLDEN};


# A picture of 640 x 480 that ends after what tells its size.

my $png = "\x89PNG\r\n\x1a\n" . pack('NA4NNCCCCC', 13, 'IHDR', 640, 480,
                                     8, 6, 0, 0, 0)
          . "\0\0\0\0" . pack('NA4', 0, 'IDAT');
write_file("$dir/picture.png", $png);

my %page = (
    rich => ['t/formats/rich.html', '/tides?utm_source=x', 'text/html'],
    video => ['t/formats/video.html', '/bore', 'text/html'],
    minimal => ['t/formats/minimal.html', '/', 'text/html'],
    hostile => ['t/formats/hostile.html', '/p', 'text/html'],
    image => ["$dir/picture.png", '/picture.png', 'image/png'],
);


# What clients take: s text, u address, n number, b boolean, 0 null; ? may be
# missing, | is or, [..] a list of, a hash an object with nothing else in it.

my $media = {url => 'u', type => 's|0', width => 'n?', height => 'n?',
             duration => 'n?', alt => 's?'};
my $file = {url => 'u', width => 's?', height => 's?', type => 's?',
            alt => 's?'};
my %type = (
    'oembed' => {
        version => 's', type => 's', title => 's?', author_name => 's?',
        author_url => 'u?', provider_name => 's?', provider_url => 'u?',
        description => 's?', url => 'u?', html => 's?', width => 'n?',
        height => 'n?', thumbnail_url => 'u?', thumbnail_width => 'n?',
        thumbnail_height => 'n?'},
    'editorjs' => {
        success => 'n', link => 'u',
        meta => {title => 's', site_name => 's', description => 's',
                 'image?' => {url => 'u'}}},
    'unfurl' => {
        title => 's?', description => 's?', image => 'u?', favicon => 'u?',
        imageWidth => 'n?', imageHeight => 'n?'},
    'microlink' => {
        status => 's', statusCode => 'n',
        headers => {'content-type' => 's?', 'last-modified' => 's?'},
        redirects => [{statusCode => 'n', url => 'u'}],
        data => {
            title => 's|0', description => 's|0', lang => 's|0',
            author => 's|0', publisher => 's|0', date => 's|0',
            url => 'u', 'image|0' => $media, 'logo|0' => $media,
            'video|0' => $media, 'audio|0' => $media}},
    'iframely' => {
        meta => {
            title => 's?', description => 's?', author => 's?',
            author_url => 'u?', site => 's?', canonical => 'u?',
            date => 's?', keywords => 's?', medium => 's?',
            language => 's?', 'theme-color' => 's?', duration => 'n?',
            price => 's?', currency_code => 's?', brand => 's?',
            availability => 's?', views => 'n?'},
        links => [{href => 'u', rel => ['s'], type => 's?',
                   'media?' => {width => 'n', height => 'n'}}],
        rel => ['s'], html => 's?'},
    'matrix' => {
        'og:title' => 's?', 'og:description' => 's?', 'og:type' => 's?',
        'og:site_name' => 's?', 'og:url' => 'u?'},
    'ogs' => {
        success => 'b', requestUrl => 's', ogTitle => 's?',
        ogDescription => 's?', ogType => 's?', ogUrl => 'u?',
        ogSiteName => 's?', ogLocale => 's?', 'ogImage?' => [$file],
        'ogVideo?' => [$file], ogAudio => 'u?', ogAudioType => 's?',
        twitterCard => 's?', twitterSite => 's?', twitterCreator => 's?',
        'twitterPlayer?' => [$file], articlePublishedTime => 's?',
        articleModifiedTime => 's?', articleSection => 's?',
        articleTag => 's?', author => 's?', favicon => 'u?',
        charset => 's?'},
    'link-preview-js' => {
        url => 'u', title => 's?', siteName => 's?', description => 's?',
        author => 's?', mediaType => 's', contentType => 's?',
        charset => 's|0', 'images?' => ['u'], favicons => ['u'],
        'videos?' => [{url => 'u?', secureUrl => 'u|0', type => 's|0',
                       width => 's?', height => 's?'}]},
    'metascraper' => {
        (map { $_ => 's|0' } qw(title description author date publisher lang
                                iframe)),
        (map { $_ => 'u|0' } qw(image logo url video audio feed))},
    'rlp' => {
        metadata => {title => 's|0', description => 's|0', image => 'u|0',
                     siteName => 's|0', hostname => 's|0'}},
    'summaly' => {
        title => 's|0', icon => 'u|0', description => 's|0',
        thumbnail => 'u|0', thumbnailStyle => 's|0', sitename => 's|0',
        player => {url => 'u|0', width => 'n|0', height => 'n|0',
                   allow => ['s']},
        sensitive => 'b', activityPub => 'u|0', fediverseCreator => 's|0',
        url => 'u'},
    'mastodon' => {
        url => 'u', title => 's', description => 's', language => 's|0',
        type => 's', author_name => 's', author_url => 's',
        authors => [{name => 's', url => 's', account => '0'}],
        provider_name => 's', provider_url => 's', html => 's',
        width => 'n', height => 'n', image => 'u|0',
        image_description => 's', embed_url => 's', blurhash => '0',
        published_at => 's|0'},
    'wordpress' => {title => 's', icon => 's', description => 's',
                    image => 's'},
    'discord' => {
        type => 's', url => 'u', title => 's', description => 's?',
        timestamp => 's?', color => 'n?',
        'provider?' => {name => 's?', url => 'u?'},
        'author?' => {name => 's', url => 'u?'},
        'thumbnail?' => {url => 'u', width => 'n?', height => 'n?'},
        'video?' => {url => 'u', width => 'n?', height => 'n?'},
        'fields?' => [{name => 's', value => 's', inline => 'b'}]},
);


sub is_type {
    my ($value, $type) = @_;

    return $type =~ /0/ if !defined $value;
    return $type =~ /b/ if ref $value eq 'JSON::PP::Boolean';
    return 0 if ref $value;
    return $type =~ /n/ if $json->encode([$value]) !~ /^\["/;
    return $type =~ /s/ || $type =~ /u/ && $value =~ m{^https?://[\x21-\x7e]+$};
}


sub mistakes {
    my ($value, $type, $at) = @_;

    if (ref $type eq 'ARRAY') {
        return "$at is no list" if ref $value ne 'ARRAY';
        return map { mistakes($value->[$_], $type->[0], "$at\[$_]") }
               0 .. $#$value;
    }

    if (ref $type eq 'HASH') {
        return "$at is no object" if ref $value ne 'HASH';
        my (@bad, %known);

        for my $key (sort keys %$type) {
            my ($name, $may) = $key =~ /^(.*?)([?]|\|0)?$/;
            my $inner = $type->{$key};
            $known{$name} = 1;

            if (!exists $value->{$name}) {
                next if ($may // '') eq '?' || !ref $inner && $inner =~ /\?$/;
                push @bad, "$at.$name is missing";
            } elsif (!defined $value->{$name} && ($may // '') eq '|0') {
                next;
            } else {
                push @bad, mistakes($value->{$name}, $inner, "$at.$name");
            }
        }

        push @bad, map { "$at.$_ is unknown" } grep { !$known{$_} }
                   sort keys %$value;
        return @bad;
    }

    return is_type($value, $type) ? () : "$at is no $type";
}


# A flat document of XML; its members, or nothing if it is not well-formed.

sub parse_xml {
    my ($text) = @_;
    my %entity = (amp => '&', lt => '<', gt => '>', quot => '"');
    my %found;

    my $start = qq{<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n};

    $text =~ s{\A\Q$start\E<oembed>(.*)</oembed>\n?\z}{$1}s or return;

    while ($text =~ m{\G<(\w+)>([^<>&"']*(?:&(?:\w+|\#\d+);[^<>&"']*)*)</\1>}gc)
    {
        my ($name, $value) = ($1, $2);
        return if exists $found{$name} || $value =~ /[\x00-\x1f\x7f]/;
        $value =~ s/&(?:#(\d+)|(\w+));/$1 ? chr $1 : $entity{$2} \/\/ return/ge;
        $found{$name} = $value;
    }

    return (pos($text) // 0) == length $text ? \%found : undef;
}

ok(!parse_xml(qq{<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n}
              . "<oembed><a>$_</a></oembed>\n"), "caught: $_")
    for '<', '&', ']]>', "\x01", '</b>', '&x';


# Golden files.

sub convert {
    my ($name, $format) = @_;
    my ($path, $uri, $mime) = @{$page{$name}};
    my ($code, $body) = run(60, 'build/urlmeta', '--policy', '--url',
                            "https://www.example.com$uri", '--content-type',
                            $mime, '--format', $format, $path);
    return $code == 0 ? $body =~ s/\n\z//r : undef;
}

my %body;

for my $name (sort keys %page) {
    $body{$name}{$_} = convert($name, $_) for @formats;

    my $file = "t/formats/$name.golden";
    write_file($file, join '', map { "== $_\n$body{$name}{$_}\n" } @formats)
        if $golden;

    my %expected = read_file($file) =~ /^== (\S+)\n(.*?)\n(?=== |\z)/msg;
    is_deeply([sort keys %expected], [sort @formats], "$name: all are there");

    for my $format (@formats) {
        my $body = $body{$name}{$format};
        is($body, $expected{$format}, "$name: $format");

        if ($format eq 'oembed-xml') {
            my $xml = parse_xml($body);
            my $same = $json->decode($body{$name}{oembed});
            is_deeply([map { "$_" } sort keys %{$xml || {}}],
                      [sort keys %$same], "$name: XML has the same members");
            unlike($body, qr/\xe2\x80[\xa8\xa9]|\]\]>|\x00/,
                   "$name: nothing raw in XML");
            next;
        }

        unlike($body, qr/[<>&\x00-\x1f\x7f]|\xe2\x80[\xa8\xa9]|\xc2[\x80-\x9f]/,
               "$name: $format: nothing raw");
        my @bad = mistakes(eval { $json->decode($body) }, $type{$format},
                           $format);
        is("@bad", '', "$name: $format: types");
    }
}

for my $format (grep { $_ ne 'oembed-xml' } @formats) {
    my $text = $json->encode([$body{hostile}{$format}]);
    unlike($text, qr/javascript:/, "$format: no address of a script");
}

my $hostile = $json->decode($body{hostile}{oembed});
is($hostile->{type}, 'video', 'hostile: an iframe');
like($hostile->{html}, qr{\A<iframe(?:\ [a-z]+(?:="[^"<>]*")?)+></iframe>\z}x,
     'of attributes that nothing gets out of');
like($hostile->{html}, qr/ src="https:[^"]*a=1&amp;b=%22" /, 'and its address');

# the examples of the documentation are those of the rich page

my $docs = read_file('docs/formats.md');

sub pretty {
    my ($text) = @_;
    my $depth = 0;

    my $line = sub { "\n" . '  ' x $depth };

    $text =~ s{("(?:[^"\\]|\\.)*")|([\[{])(?![\]}])|([,:])
               |(?<![\[{])([\]}])}{
        defined $1 ? $1
        : defined $2 ? do { $depth++; $2 . $line->() }
        : defined $3 ? ($3 eq ',' ? ',' . $line->() : ': ')
        : do { $depth--; $line->() . $4 }
    }gex;

    return $text;
}

for my $format (@formats) {
    my $head = qr/^## \Q$format\E\n.*?^```(?:json|xml)\n/ms;
    my ($example) = $docs =~ /$head(.*?)^```$/ms;
    ok(defined $example, "formats.md: an example of $format") or next;

    my $text = $format eq 'oembed-xml' ? $body{rich}{$format} =~ s/></>\n</gr
                                       : pretty($body{rich}{$format});
    $text =~ s/\n?\z/\n/;

    if ($golden) {
        $docs =~ s/($head).*?(^```$)/$1$text$2/ms;
    } else {
        is($example, $text, "formats.md: that of the build");
    }
}

write_file('docs/formats.md', $docs) if $golden;


# Over HTTP.

my $o = origin(
    '/page' => [200, 'text/html', read_file('t/formats/rich.html')],
    '/first' => [200, 'text/html', read_file('t/formats/rich.html')],
    '/video' => [200, 'text/html', read_file('t/formats/video.html')],
    '/picture.png' => [200, 'image/png', $png],
    '/401' => [401, 'text/html', ''],
    '/404' => [404, 'text/html', ''],
    '/500' => [500, 'text/html', ''],
    '/busy' => [503, ['Retry-After' => '120'], ''],
);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_cache cards;
    add_header X-Cache \$urlmeta_cache_status always;

    location /any { urlmeta \$arg_url; urlmeta_format \$arg_format; }
    location /oembed { urlmeta \$arg_url; urlmeta_format oembed; }
    location /rich {
        urlmeta \$arg_url;
        urlmeta_format oembed;
        urlmeta_embed https://cards.example/c?a=1&theme=\$arg_theme&url=;
    }
    location /relative {
        urlmeta \$arg_url;
        urlmeta_format oembed;
        urlmeta_embed \$arg_embed;
    }
    location /iframely { urlmeta \$arg_url; urlmeta_format iframely; }
    location /signed {
        urlmeta \$arg_url;
        urlmeta_format oembed;
        urlmeta_cors *;
        urlmeta_signature 0123456789abcdef;
    }
    location /cors {
        urlmeta \$arg_url;
        urlmeta_format editorjs;
        urlmeta_cors https://a.example http://b.example:8080;
    }
    location /star { urlmeta \$arg_url; urlmeta_cors *; }
    location /star/off { urlmeta \$arg_url; urlmeta_cors off; }
EOF

sub get_as {
    my ($format, $path, %option) = @_;
    return $n->get("/any?format=$format&url=" . url_encode($o->url($path)),
                   %option);
}

my $uri = '/page';
is($n->get('/any?url=' . url_encode($o->url($uri)))->{code}, 200, 'a card');
is($o->count('/page'), 1, 'one fetch');

for my $format (@formats) {
    my $r = get_as($format, $uri);
    is($r->{code}, 200, "$format: 200");
    is($r->{header}{'content-type'}, $format eq 'oembed-xml'
       ? 'text/xml; charset=utf-8' : 'application/json; charset=utf-8',
       "$format: Content-Type");
    is($r->{header}{'x-cache'}, 'HIT', "$format: out of the cache");
    is($r->{header}{'x-content-type-options'}, 'nosniff', "$format: nosniff");

    my $again = get_as($format, $uri);
    is($again->{body}, $r->{body}, "$format: the same again");
    is($again->{header}{etag}, $r->{header}{etag}, "$format: and its ETag");
    is(get_as($format, $uri, headers => {'If-None-Match' =>
                                         $r->{header}{etag}})->{code},
       304, "$format: 304");

    my $head = $n->head("/any?format=$format&url="
                        . url_encode($o->url($uri)));
    is($head->{header}{'content-length'}, length $r->{body},
       "$format: HEAD");
    is($head->{body}, '', "$format: without a body");
}

is($o->count('/page'), 1, 'and no other fetch');

# as the first to ask

my $r = get_as('mastodon', '/first');
is($r->{header}{'x-cache'}, 'MISS', 'a miss');
is($json->decode($r->{body})->{author_name}, 'Anne Le Goff', 'its body');

# errors: the status and the body for url_missing, 403, 404, 500, 401

my %error = (
    'oembed' => ['400 403 404 404 401', sub { $_[0]{error} }],
    'editorjs' => ['200 200 200 200 200', sub {
        $_[0]{success} == 0 && ref $_[0]{meta} eq 'HASH' }],
    'microlink' => ['400 403 404 502 502', sub {
        $_[0]{status} =~ /^(?:fail|error)$/ && $_[0]{code} =~ /^E[A-Z]+$/
        && $_[0]{message} && $_[0]{data}{url} && defined $_[0]{url}
        && $_[0]{statusCode} == $_[1] }],
    'iframely' => ['400 403 404 417 417', sub {
        $_[0]{error}{source} eq 'iframely' && $_[0]{error}{code} == $_[1]
        && $_[0]{error}{message} }],
    'matrix' => ['400 403 404 502 502', sub {
        $_[0]{errcode} =~ /^M_[A-Z_]+$/ && $_[0]{error} }],
    'ogs' => ['400 403 404 502 502', sub {
        !$_[0]{success} && defined $_[0]{requestUrl} && $_[0]{error}
        && $_[0]{errorDetails}{code} }],
    'link-preview-js' => ['400 403 404 502 502', sub { $_[0]{error} }],
    'metascraper' => ['400 403 404 502 502', sub { $_[0]{error} }],
    'rlp' => ['400 403 404 502 502', sub {
        $_[1] == 404 ? exists $_[0]{metadata} && !defined $_[0]{metadata}
                     : $_[0]{error} }],
    'summaly' => ['400 403 500 500 500', sub {
        $_[1] == 500 ? $_[0]{error}{name} eq 'StatusError'
                       && $_[0]{error}{statusCode} >= 400 : $_[0]{error} }],
    'mastodon' => ['400 403 404 502 502', sub { $_[0]{error} }],
    'wordpress' => ['400 403 404 404 404', sub {
        $_[0]{code} && $_[0]{message} && $_[0]{data}{status} == $_[1] }],
    'discord' => ['400 403 404 502 502', sub {
        $_[0]{message} && $_[0]{code} == 0 }],
);

for my $format (sort keys %error) {
    my ($codes, $good) = @{$error{$format}};
    my (@code, @bad);

    for my $url ('', 'http://127.0.0.2/', map { $o->url($_) }
                     qw(/404 /500 /401))
    {
        my $r = $n->get("/any?format=$format&url=" . url_encode($url));
        my $body = eval { $json->decode($r->{body}) };
        push @code, $r->{code};
        push @bad, $r->{body} if !$body || !$good->($body, $r->{code});
        push @bad, $r->{header}{'content-type'}
            if $r->{header}{'content-type'}
               ne 'application/json; charset=utf-8';
        push @bad, 'may be stored'
            if $r->{header}{'cache-control'} ne 'no-store';
    }

    is("@code", $codes, "$format: the status of errors");
    is("@bad", '', "$format: their bodies");
}

for (['', 400], [$o->url('/404'), 422], [$o->url('/500'), 422],
     ['http://127.0.0.2/', 403])
{
    my ($url, $status) = @$_;
    $r = $n->get('/any?format=unfurl&url=' . url_encode($url));
    is($r->{code}, $status, "unfurl: $status");
    is($r->{header}{'content-type'}, 'text/plain; charset=utf-8',
       'unfurl: errors are text');
    like($r->{body}, qr/^[\w ]+$/, 'unfurl: a sentence');
}

$r = get_as('oembed-xml', '/404');
is($r->{code}, 404, 'oembed-xml: 404');
ok(parse_xml($r->{body})->{error}, 'oembed-xml: an error as XML');

$r = $n->get('/any?format=microlink&url=' . url_encode('ftp://x/"<script>&'));
unlike($r->{body}, qr/[<>&]/, 'a hostile URL in an error');
is($json->decode($r->{body})->{url}, 'ftp://x/"<script>&', 'as it was asked');

$r = get_as('matrix', '/busy');
is($json->decode($r->{body})->{errcode}, 'M_UNKNOWN', 'matrix: 503 of a page');

# oEmbed's arguments

sub oembed {
    my ($path, $args, $location) = @_;
    my $r = $n->get(($location || '/oembed') . "?$args&url="
                    . url_encode($o->url($path)));
    return (scalar eval { $json->decode($r->{body}) }, $r);
}

my ($body) = oembed('/page', '');
is($body->{type}, 'link', 'oembed: a link');
is($body->{thumbnail_width}, 1200, 'with a thumbnail');
(undef, $r) = oembed('/page', 'format=xml');
is($r->{header}{'content-type'}, 'text/xml; charset=utf-8', 'format=xml');
is(parse_xml($r->{body})->{title}, 'The tides of Brittany', 'is XML');
(undef, $r) = oembed('/page', 'format=json');
is($r->{code}, 200, 'format=json');
(undef, $r) = oembed('/page', 'format=yaml');
is($r->{code}, 501, 'format=yaml is not implemented');
ok($json->decode($r->{body})->{error}, 'and says so');

($body) = oembed('/page', 'maxwidth=1199');
ok(!exists $body->{$_}, "a thumbnail that is too wide: no $_")
    for qw(thumbnail_url thumbnail_width thumbnail_height);
($body) = oembed('/page', 'maxheight=630&maxwidth=1200');
ok($body->{thumbnail_url}, 'one that fits');

($body) = oembed('/video', '');
is("$body->{type} $body->{width} $body->{height}", 'video 1280 720',
   'a video');
($body) = oembed('/video', 'maxwidth=640');
is("$body->{width} $body->{height}", '640 360', 'maxwidth');
like($body->{html}, qr/ width="640" height="360" /, 'in its markup');
($body) = oembed('/video', 'maxwidth=640&maxheight=90');
is("$body->{width} $body->{height}", '160 90', 'maxheight');
($body) = oembed('/video', "maxwidth=$_"), is($body->{width}, 1280,
                                              "maxwidth=$_ is none")
    for '', '0', '-5', 'abc', '9' x 30, '5x';
($body) = oembed('/video', 'xmaxwidth=5&maxwidth=100&maxwidth=7');
is($body->{width}, 100, 'the first of them');

($body) = oembed('/picture.png', '');
is("$body->{type} $body->{width} $body->{height}", 'photo 640 480',
   'a photo');
like($body->{url}, qr{/picture\.png$}, 'its own address');
($body) = oembed('/picture.png', 'maxheight=240');
is("$body->{width} $body->{height}", '320 240', 'maxheight');

($body) = oembed('/page', 'theme=dark', '/rich');
is("$body->{type} $body->{width}", 'rich 600', 'rich');
my $src = 'https://cards.example/c?a=1&amp;theme=dark&amp;url='
          . url_encode($o->url('/page'));
like($body->{html}, qr/^<iframe src="\Q$src\E" /, 'an iframe of the card');
like($body->{html}, qr/ width="600" height="$body->{height}" /, 'of its size');
my $full = $body->{height};
($body) = oembed('/page', 'maxwidth=300', '/rich');
is($body->{width}, 300, 'maxwidth');
cmp_ok($body->{height}, '<', $full, 'is lower, too');
($body) = oembed('/video', '', '/rich');
is($body->{type}, 'video', 'a video stays one');
($body) = oembed('/page', 'embed=javascript:alert(1)//', '/relative');
is($body->{type}, 'link', 'an address of another scheme is none');
($body) = oembed('/page', '');
is($body->{type}, 'link', 'what was made for one request is kept for none');
is($o->count('/page'), 1, 'none of them fetches');

# a signature is of what is answered

sub signed {
    my ($format) = @_;
    my ($code, $args) = run(60, 'build/urlmeta', '--sign', '0123456789abcdef',
                            '--format', $format, $o->url('/page'));
    return $args =~ s/\n\z//r;
}

is($n->get('/signed?' . signed('oembed'))->{code}, 200, 'signed');
$r = $n->get('/signed?' . signed('oembed-xml'));
is("$r->{code} $r->{header}{'content-type'}", '200 text/xml; charset=utf-8',
   'signed XML');
is($n->get('/signed?' . signed('oembed-xml') =~ s/oembed-xml/xml/r)->{code},
   200, 'by its other name');
is($n->get('/signed?' . signed('oembed') =~ s/oembed/xml/r)->{code}, 403,
   'not what was signed');
is($n->get('/signed?maxwidth=100&' . signed('oembed'))->{code}, 200,
   'a size is not signed');
$r = $n->request('OPTIONS', '/signed?url=x', headers => {Origin => 'http://x'});
is($r->{code}, 204, 'nor is a preflight');

my $if = $json->decode($n->get('/iframely?group=1&url='
                               . url_encode($o->url('/video')))->{body});
is(join(' ', sort keys %{$if->{links}}), 'icon player thumbnail',
   'iframely: groups');
is($if->{rel}[0], 'player', 'iframely: rel');

# cross-origin requests

sub cors {
    my ($uri, $origin, %option) = @_;
    return $n->get($uri . '?url=' . url_encode($o->url('/page')), %option,
                   headers => {$origin ? (Origin => $origin) : (),
                               %{$option{headers} || {}}})->{header};
}

my $allow = 'access-control-allow-origin';

is(cors('/cors', 'https://a.example')->{$allow}, 'https://a.example',
   'an origin');
is(cors('/cors', 'http://b.example:8080')->{$allow},
   'http://b.example:8080', 'another');
is(cors('/cors', $_)->{$allow}, undef, "not $_")
    for 'https://A.example', 'http://a.example', 'https://a.example:444',
        'https://a.example.evil.example', 'null', 'http://b.example';
like(cors('/cors', $_)->{vary}, qr/\bOrigin\b/, 'Vary') for undef, 'null';
is(cors('/star', $_)->{$allow}, '*', 'any') for undef, 'https://x.example';
is(cors('/star', 'https://x.example')->{vary}, undef, 'which varies nothing');
is(cors('/star/off', 'https://x.example')->{$allow}, undef, 'off');
is(cors('/star/off', 'https://x.example')->{vary}, undef, 'and no Vary');

$r = $n->get('/cors?url=', headers => {Origin => 'https://a.example'});
is($r->{header}{$allow}, 'https://a.example', 'on an error');
$r = $n->get('/star?url=' . url_encode($o->url('/404')),
             headers => {Origin => 'https://a.example'});
is("$r->{code} $r->{header}{$allow}", '404 *', 'on another');
like($r->{header}{'access-control-expose-headers'}, qr/\bRetry-After\b/,
     'what scripts may read');
$r = get_as('json', '/page');
my $tag = $n->get('/star?url=' . url_encode($o->url('/page')))->{header}{etag};
$r = $n->get('/star?url=' . url_encode($o->url('/page')),
             headers => {'If-None-Match' => $tag});
is("$r->{code} $r->{header}{$allow}", '304 *', 'on 304');

sub preflight {
    my ($uri, $origin, %headers) = @_;
    return $n->request('OPTIONS', "$uri?url=" . url_encode($o->url('/new')),
                       headers => {Origin => $origin,
                                   'Access-Control-Request-Method' => 'GET',
                                   %headers});
}

$r = preflight('/cors', 'https://a.example',
               'Access-Control-Request-Headers' => 'authorization,x-api-key');
is($r->{code}, 204, 'a preflight');
is($r->{body}, '', 'without a body');
is($r->{header}{$allow}, 'https://a.example', 'of an origin');
like($r->{header}{'access-control-allow-methods'}, qr/^GET, HEAD/, 'methods');
is($r->{header}{'access-control-allow-headers'}, 'authorization,x-api-key',
   'headers');
is($r->{header}{'access-control-max-age'}, 86400, 'for a day');
like($r->{header}{vary}, qr/\bOrigin\b/, 'and Vary');

$r = preflight('/cors', 'https://a.example',
               'Access-Control-Request-Headers' => 'a: b<script>');
is($r->{header}{'access-control-allow-headers'}, undef, 'no names');
$r = preflight('/cors', 'https://c.example');
is($r->{code}, 204, 'of another origin');
is_deeply([grep { /^access-control/ } keys %{$r->{header}}], [],
          'says nothing');
$r = preflight('/star', 'https://c.example');
is($r->{header}{$allow}, '*', 'where any may');
$r = preflight('/star/off', 'https://c.example');
is($r->{code}, 405, 'where none may');
is($o->count('/new'), 0, 'a preflight fetches nothing');
is($n->get('/star?url=' . url_encode($o->url('/page')))->{code}, 200,
   'the connection goes on');

# what nginx takes

for my $value ('https://a.example/', 'a.example', 'https://A.example', '*  *',
               '* https://a.example', 'off on', 'null', '://x', 'https://')
{
    my ($ok) = conf_test("location / { urlmeta_cors $value; }");
    ok(!$ok, "urlmeta_cors $value");
}

my ($ok) = conf_test('location / { urlmeta_embed /card?url=; }');
ok(!$ok, 'urlmeta_embed with a path');
($ok) = conf_test('urlmeta_embed https://a/?u=; urlmeta_cors *;'
                  . ' location / { urlmeta_embed off; urlmeta $arg_url; }');
ok($ok, 'off');

done_testing();
