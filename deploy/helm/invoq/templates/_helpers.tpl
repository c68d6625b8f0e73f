{{- define "invoq.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* 40 characters at most, so that the name of a group of workers fits behind it. */}}
{{- define "invoq.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $full | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change: selectors are made of them. */}}
{{- define "invoq.selector" -}}
app.kubernetes.io/name: {{ include "invoq.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "invoq.labels" -}}
{{ include "invoq.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "invoq.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{- end -}}
{{- end -}}
{{- end -}}

{{- define "invoq.serviceAccount" -}}
{{- ternary (default (include "invoq.fullname" .) .Values.serviceAccount.name) (default "default" .Values.serviceAccount.name) .Values.serviceAccount.create -}}
{{- end -}}

{{/* As pods of this cluster reach the API. */}}
{{- define "invoq.apiUrl" -}}
http://{{ include "invoq.fullname" . }}-api.{{ .Release.Namespace }}.svc.{{ .Values.clusterDomain }}:{{ .Values.service.port | int }}
{{- end -}}

{{- define "invoq.blobsClaim" -}}
{{- default (printf "%s-data" (include "invoq.fullname" .)) .Values.blobs.pvc.existingClaim -}}
{{- end -}}

{{/* Variables that both apps are told the same. */}}
{{- define "invoq.sharedEnv" -}}
- { name: REDIS_URL_FILE, value: /run/secrets/invoq/redis-url }
{{- if .Values.secrets.redisCa.name }}
- { name: INVOQ_REDIS_CA, value: /run/secrets/invoq/redis-ca.crt }
{{- end }}
- { name: INVOQ_DATA, value: /data }
{{- if eq .Values.blobs.kind "s3" }}
- name: INVOQ_BLOBS
  value: {{ required "blobs.s3.url: name the bucket, such as s3://bucket/invoq?region=eu-central-1" .Values.blobs.s3.url | quote }}
{{- with .Values.blobs.s3.credentialsSecret }}
- { name: AWS_ACCESS_KEY_ID, valueFrom: { secretKeyRef: { name: {{ . }}, key: AWS_ACCESS_KEY_ID } } }
- { name: AWS_SECRET_ACCESS_KEY, valueFrom: { secretKeyRef: { name: {{ . }}, key: AWS_SECRET_ACCESS_KEY } } }
{{- end }}
{{- end }}
{{- end -}}

{{/* Settings as variables: those of one app over those of both. The schema refuses those that the chart itself sets. */}}
{{- define "invoq.settings" -}}
{{- range $name, $value := include "invoq.merged" (dict "base" .both "over" .own) | fromJson }}
- { name: {{ $name }}, value: {{ ternary (int64 $value | toString) (toString $value) (kindIs "float64" $value) | quote }} }
{{- end }}
{{- end -}}

{{/* The volume with secrets as files: a list of dicts with the secret, and the path of its file. */}}
{{- define "invoq.secretsVolume" -}}
- name: secrets
  projected:
    # Its owner is root; fsGroup lets the group of the apps read it.
    defaultMode: 0440
    sources:
      {{- range . }}
      {{- if .secret.name }}
      - secret: { name: {{ .secret.name }}, items: [{ key: {{ .secret.key | quote }}, path: {{ .path }} }] }
      {{- end }}
      {{- end }}
{{- end -}}

{{- define "invoq.dataVolume" -}}
- name: data
  {{- if eq .Values.blobs.kind "pvc" }}
  persistentVolumeClaim: { claimName: {{ include "invoq.blobsClaim" . }} }
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end -}}

{{/* Of every container that needs no root. */}}
{{- define "invoq.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "invoq.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{/* Where pods go: a dict with the four of them. */}}
{{- define "invoq.placement" -}}
{{- range $field := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" }}
{{- with index $ $field }}
{{ $field }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "invoq.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: {{ . }} }
  periodSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: { path: /livez, port: {{ . }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: {{ . }} }
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end -}}

{{/* A group of `workers` with what all groups have, as JSON. */}}
{{- define "invoq.group" -}}
{{- include "invoq.merged" (dict "base" .root.Values.worker "over" .group) -}}
{{- end -}}

{{/* Two dicts as one, as JSON: `over` goes first, also where it is false or 0, which `merge` would pass by. */}}
{{- define "invoq.merged" -}}
{{- $merged := deepCopy .base -}}
{{- range $key, $value := .over -}}
{{- $before := get $merged $key -}}
{{- if and (kindIs "map" $before) (kindIs "map" $value) -}}
{{- $value = include "invoq.merged" (dict "base" $before "over" $value) | fromJson -}}
{{- end -}}
{{- $_ := set $merged $key $value -}}
{{- end -}}
{{- $merged | toJson -}}
{{- end -}}

{{- define "invoq.groupName" -}}
{{ include "invoq.fullname" .root }}-worker-{{ .group.name }}
{{- end -}}

{{/* sync=8,async=4,nested=2 */}}
{{- define "invoq.slots" -}}
{{- $lanes := list }}
{{- range $lane, $count := . }}{{ $lanes = append $lanes (printf "%s=%d" $lane (int $count)) }}{{ end }}
{{- join "," $lanes -}}
{{- end -}}

{{- define "invoq.tcpPorts" -}}
{{- range . }}
- { port: {{ int . }}, protocol: TCP }
{{- end }}
{{- end -}}

{{/* Name servers, Redis, the bucket, and what the values add. */}}
{{- define "invoq.egressOfAll" -}}
- ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
{{- $places := list .Values.networkPolicy.redis }}
{{- if eq .Values.blobs.kind "s3" }}{{ $places = append $places .Values.networkPolicy.s3 }}{{ end }}
{{- range $places }}
- ports: {{- include "invoq.tcpPorts" .ports | nindent 4 }}
  {{- with .to }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- with .Values.networkPolicy.egress }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Of containers that run before the app, and end. */}}
{{- define "invoq.smallResources" -}}
requests: { cpu: 50m, memory: 64Mi }
limits: { memory: 256Mi }
{{- end -}}
