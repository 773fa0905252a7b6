#!/usr/bin/env bash
# Red/black of three instances as people script it with the aws command: the other side of benches/aws/run. It does what
# gennaker does: finds the group in service by its tag, carries its scaling policies and schedules over, waits until all
# say healthy, takes the old one out of traffic and waits until it has drained.
# awscli.sh CLUSTER IMAGE
set -euo pipefail
cluster="$1" image="$2"
old=$(aws autoscaling describe-auto-scaling-groups --filters "Name=tag:cluster,Values=$cluster" --output text --query \
  'sort_by(AutoScalingGroups[?length(SuspendedProcesses[?ProcessName==`AddToLoadBalancer`])==`0`], &AutoScalingGroupName)[-1].AutoScalingGroupName')
new=$cluster-v$(printf %03d $((10#${old##*-v} + 1)))
policies=$(aws autoscaling describe-policies --auto-scaling-group-name "$old" --query ScalingPolicies)
schedules=$(aws autoscaling describe-scheduled-actions --auto-scaling-group-name "$old" --query ScheduledUpdateGroupActions)
group=$(aws elbv2 describe-target-groups --names web --query 'TargetGroups[0].TargetGroupArn' --output text)
subnets=$(aws ec2 describe-subnets --filters Name=default-for-az,Values=true --query 'Subnets[].SubnetId' --output text | tr '\t' ',')
firewall=$(aws ec2 describe-security-groups --group-names web --query 'SecurityGroups[0].GroupId' --output text)
ami=$(aws ec2 describe-images --filters "Name=name,Values=$image" --query 'Images[0].ImageId' --output text)
aws ec2 create-launch-template --launch-template-name "$new" \
  --launch-template-data "{\"ImageId\":\"$ami\",\"InstanceType\":\"t3.small\",\"SecurityGroupIds\":[\"$firewall\"]}" >/dev/null
aws autoscaling create-auto-scaling-group --auto-scaling-group-name "$new" --min-size 3 --max-size 3 --desired-capacity 3 \
  --launch-template "LaunchTemplateName=$new,Version=1" --vpc-zone-identifier "$subnets" --target-group-arns "$group" \
  --tags "Key=cluster,Value=$cluster,PropagateAtLaunch=false"
if [ "$policies" != "[]" ]; then
  jq -c '.[] | del(.PolicyARN, .Alarms) | .AutoScalingGroupName = $new' --arg new "$new" <<<"$policies" |
    while read -r policy; do aws autoscaling put-scaling-policy --cli-input-json "$policy" >/dev/null; done
fi
if [ "$schedules" != "[]" ]; then
  aws autoscaling batch-put-scheduled-update-group-action --auto-scaling-group-name "$new" --scheduled-update-group-actions \
    "$(jq -c '[.[] | del(.AutoScalingGroupName, .ScheduledActionARN, .Time)]' <<<"$schedules")" >/dev/null
fi
while :; do
  ids=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$new" \
    --query 'AutoScalingGroups[0].Instances[?LifecycleState==`InService`].InstanceId' --output text)
  if [ "$(wc -w <<<"$ids")" -eq 3 ]; then
    targets=(); for id in $ids; do targets+=("Id=$id"); done
    healthy=$(aws elbv2 describe-target-health --target-group-arn "$group" --targets "${targets[@]}" \
      --query 'length(TargetHealthDescriptions[?TargetHealth.State==`healthy`])' --output text)
    [ "$healthy" -eq 3 ] && break
  fi
  sleep "${BENCH_POLL:-1}"
done
aws autoscaling suspend-processes --auto-scaling-group-name "$old" --scaling-processes Launch Terminate AddToLoadBalancer
ids=$(aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names "$old" \
  --query 'AutoScalingGroups[0].Instances[].InstanceId' --output text)
targets=(); for id in $ids; do targets+=("Id=$id"); done
aws elbv2 deregister-targets --target-group-arn "$group" --targets "${targets[@]}"
while :; do
  draining=$(aws elbv2 describe-target-health --target-group-arn "$group" \
    --query 'length(TargetHealthDescriptions[?TargetHealth.State==`draining`])' --output text)
  [ "$draining" -eq 0 ] && break
  sleep "${BENCH_POLL:-1}"
done
